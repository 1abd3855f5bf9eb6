package dev.lectern.report;

import static j2html.TagCreator.tag;
import static j2html.TagCreator.text;

import j2html.tags.ContainerTag;
import java.util.Locale;

/** SVG elements of the charts. */
final class Svg {
  private Svg() {}

  /** A drawing of a size in pixels, which is scaled to its place. */
  static ContainerTag<?> drawing(int width, int height, String caption) {
    return drawing(0, 0, width, height, caption);
  }

  /** A part of a drawing, which begins elsewhere than at its upper left. */
  static ContainerTag<?> drawing(
      double left, double top, double width, double height, String caption) {
    return tag("svg")
        .attr("viewBox", String.join(" ", number(left), number(top), number(width), number(height)))
        .attr("role", "img")
        .attr("aria-label", caption);
  }

  static ContainerTag<?> line(String css, double x1, double y1, double x2, double y2) {
    return tag("line")
        .withClass(css)
        .attr("x1", number(x1))
        .attr("y1", number(y1))
        .attr("x2", number(x2))
        .attr("y2", number(y2));
  }

  /** A rectangle with a title that is shown on pointing at it. */
  static ContainerTag<?> rectangle(
      String css, double x1, double y1, double x2, double y2, String title) {
    return tag("rect")
        .withClass(css)
        .attr("x", number(x1))
        .attr("y", number(y1))
        .attr("width", number(x2 - x1))
        .attr("height", number(y2 - y1))
        .with(tag("title").with(text(title)));
  }

  /**
   * A text beside an axis.
   *
   * @param anchor {@code start}, {@code middle} or {@code end}
   */
  static ContainerTag<?> label(String anchor, double x, double y, String label) {
    return tag("text")
        .withClass("axis")
        .attr("text-anchor", anchor)
        .attr("x", number(x))
        .attr("y", number(y))
        .with(text(label));
  }

  /**
   * A name on a box.
   *
   * @param size height of the letters, in units of the drawing
   */
  static ContainerTag<?> name(String css, double x, double y, double size, String name) {
    return tag("text")
        .withClass(css)
        .attr("x", number(x))
        .attr("y", number(y))
        .attr("font-size", number(size))
        .with(text(name));
  }

  /** A coordinate: at most two decimals, none where they are zero. */
  static String number(double value) {
    String text = String.format(Locale.ROOT, "%.2f", value);
    return text.contains(".") ? text.replaceAll("0+$", "").replaceAll("\\.$", "") : text;
  }
}
