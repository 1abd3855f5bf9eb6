package dev.lectern.report;

import java.util.List;
import java.util.Locale;
import java.util.stream.DoubleStream;

/**
 * Curves over a common axis.
 *
 * @param caption what it shows
 * @param xLabel name and unit of the horizontal axis
 * @param yLabel name and unit of the vertical axis
 * @param curves drawn in this order; empty ones are left out
 */
public record LineChart(String caption, String xLabel, String yLabel, List<Curve> curves)
    implements Figure {
  private static final int WIDTH = 460;
  private static final int HEIGHT = 270;
  private static final int LEFT = 52;
  private static final int RIGHT = 12;
  private static final int TOP = 14;
  private static final int BOTTOM = 40;

  /**
   * One curve.
   *
   * @param name in the legend
   * @param x finite, rising
   * @param y as many as x; not-a-number leaves a point out
   */
  public record Curve(String name, Tone tone, double[] x, double[] y) {
    public Curve {
      if (x.length != y.length) {
        throw new IllegalArgumentException(
            name + ": found " + x.length + " x and " + y.length + " y, expected as many");
      }
    }
  }

  public LineChart {
    curves = List.copyOf(curves);
  }

  @Override
  public String svg() {
    Axis x =
        axis(curves.stream().flatMapToDouble(c -> DoubleStream.of(c.x())), LEFT, WIDTH - RIGHT);
    Axis y =
        axis(curves.stream().flatMapToDouble(c -> DoubleStream.of(c.y())), HEIGHT - BOTTOM, TOP);
    StringBuilder svg = new StringBuilder();
    svg.append(
        String.format(
            Locale.ROOT,
            "<svg viewBox=\"0 0 %d %d\" role=\"img\" aria-label=\"%s\">",
            WIDTH,
            HEIGHT,
            Markup.escaped(caption)));
    grid(svg, x, y);
    for (Curve curve : curves) {
      draw(svg, curve, x, y);
    }
    return svg.append("</svg>").toString();
  }

  /** From 0, or from the least value if that is negative, to the greatest. */
  private static Axis axis(DoubleStream values, double start, double end) {
    double[] finite = values.filter(Double::isFinite).toArray();
    double low = Math.min(0, DoubleStream.of(finite).min().orElse(0));
    double high = DoubleStream.of(finite).max().orElse(1);
    return new Axis(low, high > low ? high : low + 1, start, end);
  }

  private void grid(StringBuilder svg, Axis x, Axis y) {
    for (double tick : y.ticks()) {
      String at = Markup.number(y.at(tick));
      svg.append("<line class=\"grid\" x1=\"")
          .append(LEFT)
          .append("\" x2=\"")
          .append(WIDTH - RIGHT)
          .append("\" y1=\"")
          .append(at)
          .append("\" y2=\"")
          .append(at)
          .append("\"/>");
      text(svg, LEFT - 6, y.at(tick) + 4, "end", label(tick));
    }
    for (double tick : x.ticks()) {
      text(svg, x.at(tick), HEIGHT - BOTTOM + 16, "middle", label(tick));
    }
    text(svg, (LEFT + WIDTH - RIGHT) / 2.0, HEIGHT - 6, "middle", xLabel);
    svg.append("<text class=\"axis\" text-anchor=\"middle\" transform=\"translate(12 ")
        .append((TOP + HEIGHT - BOTTOM) / 2)
        .append(") rotate(-90)\">")
        .append(Markup.escaped(yLabel))
        .append("</text>");
  }

  private static void text(StringBuilder svg, double x, double y, String anchor, String text) {
    svg.append("<text class=\"axis\" text-anchor=\"")
        .append(anchor)
        .append("\" x=\"")
        .append(Markup.number(x))
        .append("\" y=\"")
        .append(Markup.number(y))
        .append("\">")
        .append(Markup.escaped(text))
        .append("</text>");
  }

  private static String label(double tick) {
    return Math.abs(tick) >= 1000
        ? String.format(Locale.ROOT, "%,.0f", tick)
        : Markup.number(Math.abs(tick) < 1e-12 ? 0 : tick);
  }

  private static void draw(StringBuilder svg, Curve curve, Axis x, Axis y) {
    StringBuilder points = new StringBuilder();
    for (int i = 0; i < curve.x().length; i++) {
      if (Double.isFinite(curve.y()[i])) {
        points
            .append(points.isEmpty() ? "" : " ")
            .append(Markup.number(x.at(curve.x()[i])))
            .append(',')
            .append(Markup.number(y.at(curve.y()[i])));
      }
    }
    svg.append("<polyline class=\"curve ")
        .append(curve.tone().cssClass())
        .append("\" points=\"")
        .append(points)
        .append("\"><title>")
        .append(Markup.escaped(curve.name()))
        .append("</title></polyline>");
  }
}
