package dev.lectern.report;

import java.util.List;
import java.util.Locale;

/**
 * A picture with marked areas and boxes on it.
 *
 * @param caption what it shows
 * @param picture that the page holds
 * @param areas marked, below the boxes
 * @param frames boxes on it
 */
public record Photo(String caption, Picture picture, List<Frame> areas, List<Frame> frames)
    implements Figure {
  /**
   * A box, or an area.
   *
   * @param label shown on pointing at it
   * @param x1 left, pixels
   * @param y1 top
   * @param x2 right
   * @param y2 bottom
   */
  public record Frame(Tone tone, String label, double x1, double y1, double x2, double y2) {}

  public Photo {
    areas = List.copyOf(areas);
    frames = List.copyOf(frames);
  }

  @Override
  public String svg() {
    StringBuilder svg = new StringBuilder();
    svg.append(
        String.format(
            Locale.ROOT,
            "<svg class=\"photo\" viewBox=\"0 0 %d %d\" role=\"img\" aria-label=\"%s\">"
                + "<use href=\"#%s\"/>",
            picture.width(),
            picture.height(),
            Markup.escaped(caption),
            Markup.escaped(picture.id())));
    areas.forEach(area -> append(svg, "area", area));
    frames.forEach(frame -> append(svg, "frame", frame));
    return svg.append("</svg>").toString();
  }

  private static void append(StringBuilder svg, String css, Frame frame) {
    svg.append(
        String.format(
            Locale.ROOT,
            "<rect class=\"%s %s\" x=\"%s\" y=\"%s\" width=\"%s\" height=\"%s\">"
                + "<title>%s</title></rect>",
            css,
            frame.tone().cssClass(),
            Markup.number(frame.x1()),
            Markup.number(frame.y1()),
            Markup.number(frame.x2() - frame.x1()),
            Markup.number(frame.y2() - frame.y1()),
            Markup.escaped(frame.label())));
  }
}
