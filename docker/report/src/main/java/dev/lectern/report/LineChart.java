package dev.lectern.report;

import static j2html.TagCreator.tag;
import static j2html.TagCreator.text;

import j2html.tags.ContainerTag;
import j2html.tags.DomContent;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;

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
    ContainerTag<?> svg = Svg.drawing(WIDTH, HEIGHT, caption);
    grid(svg, x, y);
    curves.forEach(curve -> svg.with(line(curve, x, y)));
    return svg.render();
  }

  /** From 0, or from the least value if that is negative, to the greatest. */
  private static Axis axis(DoubleStream values, double start, double end) {
    double[] finite = values.filter(Double::isFinite).toArray();
    double low = Math.min(0, DoubleStream.of(finite).min().orElse(0));
    double high = DoubleStream.of(finite).max().orElse(1);
    return new Axis(low, high > low ? high : low + 1, start, end);
  }

  private void grid(ContainerTag<?> svg, Axis x, Axis y) {
    for (double tick : y.ticks()) {
      svg.with(Svg.line("grid", LEFT, y.at(tick), WIDTH - RIGHT, y.at(tick)));
      svg.with(Svg.label("end", LEFT - 6, y.at(tick) + 4, label(tick)));
    }
    for (double tick : x.ticks()) {
      svg.with(Svg.label("middle", x.at(tick), HEIGHT - BOTTOM + 16, label(tick)));
    }
    svg.with(Svg.label("middle", (LEFT + WIDTH - RIGHT) / 2.0, HEIGHT - 6, xLabel));
    svg.with(
        tag("text")
            .withClass("axis")
            .attr("text-anchor", "middle")
            .attr("transform", "translate(12 " + (TOP + HEIGHT - BOTTOM) / 2 + ") rotate(-90)")
            .with(text(yLabel)));
  }

  private static String label(double tick) {
    return Math.abs(tick) >= 1000
        ? String.format(Locale.ROOT, "%,.0f", tick)
        : Svg.number(Math.abs(tick) < 1e-12 ? 0 : tick);
  }

  private static DomContent line(Curve curve, Axis x, Axis y) {
    String points =
        IntStream.range(0, curve.x().length)
            .filter(i -> Double.isFinite(curve.y()[i]))
            .mapToObj(i -> Svg.number(x.at(curve.x()[i])) + "," + Svg.number(y.at(curve.y()[i])))
            .collect(Collectors.joining(" "));
    return tag("polyline")
        .withClass("curve " + curve.tone().cssClass())
        .attr("points", points)
        .with(tag("title").with(text(curve.name())));
  }
}
