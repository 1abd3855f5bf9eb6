package dev.lectern.report;

import j2html.tags.ContainerTag;
import java.util.List;
import java.util.Locale;

/**
 * Where an edge of a box lies, as probabilities over the bins of its distance: one group of bars
 * per bin.
 *
 * @param caption what it shows
 * @param distributions one per speaker
 * @param truth annotated distance in bins
 */
public record EdgeChart(String caption, List<Distribution> distributions, double truth)
    implements Figure {
  private static final int WIDTH = 230;
  private static final int HEIGHT = 120;
  private static final int LEFT = 8;
  private static final int BOTTOM = 18;
  private static final double FILLED = 0.8;

  /**
   * What one network says.
   *
   * @param probabilities one per bin, sum 1
   */
  public record Distribution(String name, Tone tone, double[] probabilities) {}

  public EdgeChart {
    distributions = List.copyOf(distributions);
  }

  @Override
  public String svg() {
    int bins = distributions.get(0).probabilities().length;
    Axis x = new Axis(-0.5, bins - 0.5, LEFT, WIDTH - LEFT);
    Axis y = new Axis(0, 1, HEIGHT - BOTTOM, 6);
    ContainerTag<?> svg = Svg.drawing(WIDTH, HEIGHT, caption);
    svg.with(Svg.line("grid", LEFT, y.at(0), WIDTH - LEFT, y.at(0)));
    double wide = FILLED / distributions.size();
    for (int d = 0; d < distributions.size(); d++) {
      Distribution distribution = distributions.get(d);
      for (int bin = 0; bin < bins; bin++) {
        double p = distribution.probabilities()[bin];
        svg.with(
            Svg.rectangle(
                "bar " + distribution.tone().cssClass(),
                x.at(bin - FILLED / 2 + d * wide),
                y.at(p),
                x.at(bin - FILLED / 2 + (d + 1) * wide),
                y.at(0),
                String.format(
                    Locale.ROOT, "%s: %.2f at distance %d", distribution.name(), p, bin)));
      }
    }
    svg.with(Svg.line("truth", x.at(truth), y.at(1), x.at(truth), y.at(0)));
    for (int bin = 0; bin < bins; bin++) {
      svg.with(Svg.label("middle", x.at(bin), HEIGHT - 5, Integer.toString(bin)));
    }
    return svg.render();
  }
}
