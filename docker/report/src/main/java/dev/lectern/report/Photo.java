package dev.lectern.report;

import static j2html.TagCreator.tag;

import j2html.tags.ContainerTag;
import j2html.tags.DomContent;
import java.util.List;

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
    ContainerTag<?> svg =
        Svg.drawing(picture.width(), picture.height(), caption)
            .withClass("photo")
            .with(tag("use").attr("href", "#" + picture.id()));
    areas.forEach(area -> svg.with(rectangle("area", area)));
    frames.forEach(frame -> svg.with(rectangle("frame", frame)));
    return svg.render();
  }

  private static DomContent rectangle(String css, Frame frame) {
    return Svg.rectangle(
        css + " " + frame.tone().cssClass(),
        frame.x1(),
        frame.y1(),
        frame.x2(),
        frame.y2(),
        frame.label());
  }
}
