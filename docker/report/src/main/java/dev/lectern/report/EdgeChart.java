package dev.lectern.report;

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
    StringBuilder svg = new StringBuilder();
    svg.append(
        String.format(
            Locale.ROOT,
            "<svg viewBox=\"0 0 %d %d\" role=\"img\" aria-label=\"%s\">",
            WIDTH,
            HEIGHT,
            Markup.escaped(caption)));
    svg.append(line("grid", LEFT, y.at(0), WIDTH - LEFT, y.at(0)));
    double wide = FILLED / distributions.size();
    for (int d = 0; d < distributions.size(); d++) {
      Distribution distribution = distributions.get(d);
      for (int bin = 0; bin < bins; bin++) {
        double p = distribution.probabilities()[bin];
        double from = x.at(bin - FILLED / 2 + d * wide);
        double to = x.at(bin - FILLED / 2 + (d + 1) * wide);
        svg.append(
            String.format(
                Locale.ROOT,
                "<rect class=\"bar %s\" x=\"%s\" y=\"%s\" width=\"%s\" height=\"%s\">"
                    + "<title>%s: %.2f at distance %d</title></rect>",
                distribution.tone().cssClass(),
                Markup.number(from),
                Markup.number(y.at(p)),
                Markup.number(to - from),
                Markup.number(y.at(0) - y.at(p)),
                Markup.escaped(distribution.name()),
                p,
                bin));
      }
    }
    svg.append(line("truth", x.at(truth), y.at(1), x.at(truth), y.at(0)));
    for (int bin = 0; bin < bins; bin++) {
      svg.append(
          String.format(
              Locale.ROOT,
              "<text class=\"axis\" text-anchor=\"middle\" x=\"%s\" y=\"%d\">%d</text>",
              Markup.number(x.at(bin)),
              HEIGHT - 5,
              bin));
    }
    return svg.append("</svg>").toString();
  }

  private static String line(String css, double x1, double y1, double x2, double y2) {
    return String.format(
        Locale.ROOT,
        "<line class=\"%s\" x1=\"%s\" y1=\"%s\" x2=\"%s\" y2=\"%s\"/>",
        css,
        Markup.number(x1),
        Markup.number(y1),
        Markup.number(x2),
        Markup.number(y2));
  }
}
