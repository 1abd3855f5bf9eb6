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
  private static final int HEIGHT = 134;
  private static final int LEFT = 28;
  private static final int RIGHT = 8;
  private static final int BOTTOM = 32;
  private static final double FILLED = 0.8;
  private static final double[] TICKS = {0, 0.5, 1};
  private static final int MANY_BINS = 12;

  /**
   * The outputs of one network.
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
    Axis x = new Axis(-0.5, bins - 0.5, LEFT, WIDTH - RIGHT);
    Axis y = new Axis(0, 1, HEIGHT - BOTTOM, 6);
    ContainerTag<?> svg = Svg.drawing(WIDTH, HEIGHT, caption);
    for (double tick : TICKS) {
      svg.with(
          Svg.line("grid", LEFT, y.at(tick), WIDTH - RIGHT, y.at(tick)),
          Svg.label("end", LEFT - 4, y.at(tick) + 4, Svg.number(tick)));
    }
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
    int every = bins > MANY_BINS ? 2 : 1;
    for (int bin = 0; bin < bins; bin += every) {
      svg.with(Svg.label("middle", x.at(bin), HEIGHT - 19, Integer.toString(bin)));
    }
    svg.with(Svg.label("middle", (x.start() + x.end()) / 2, HEIGHT - 4, "strides from the cell"));
    return svg.render();
  }
}
