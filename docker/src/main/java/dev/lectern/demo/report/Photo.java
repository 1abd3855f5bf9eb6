package dev.lectern.demo.report;

import java.util.Base64;
import java.util.List;
import java.util.Locale;

/**
 * A picture with boxes on it.
 *
 * @param caption what it shows
 * @param png the picture as a file
 * @param width pixels
 * @param height pixels
 * @param frames boxes on it
 */
public record Photo(String caption, byte[] png, int width, int height, List<Frame> frames)
    implements Figure {
  /**
   * A box.
   *
   * @param label shown on pointing at it
   * @param x1 left, pixels
   * @param y1 top
   * @param x2 right
   * @param y2 bottom
   */
  public record Frame(Tone tone, String label, double x1, double y1, double x2, double y2) {}

  public Photo {
    frames = List.copyOf(frames);
  }

  @Override
  public String svg() {
    StringBuilder svg = new StringBuilder();
    svg.append(
        String.format(
            Locale.ROOT,
            "<svg class=\"photo\" viewBox=\"0 0 %d %d\" role=\"img\" aria-label=\"%s\">"
                + "<image width=\"%d\" height=\"%d\" href=\"data:image/png;base64,%s\"/>",
            width,
            height,
            Markup.escaped(caption),
            width,
            height,
            Base64.getEncoder().encodeToString(png)));
    for (Frame frame : frames) {
      svg.append(
          String.format(
              Locale.ROOT,
              "<rect class=\"frame %s\" x=\"%s\" y=\"%s\" width=\"%s\" height=\"%s\">"
                  + "<title>%s</title></rect>",
              frame.tone().cssClass(),
              Markup.number(frame.x1()),
              Markup.number(frame.y1()),
              Markup.number(frame.x2() - frame.x1()),
              Markup.number(frame.y2() - frame.y1()),
              Markup.escaped(frame.label())));
    }
    return svg.append("</svg>").toString();
  }
}
