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
 * @param named the boxes of this tone bear their labels; null for none
 * @param window the part of the picture that is shown
 */
public record Photo(
    String caption,
    Picture picture,
    List<Frame> areas,
    List<Frame> frames,
    Tone named,
    Window window)
    implements Figure {
  private static final double LETTERS = 1 / 30.0;

  /**
   * A part of a picture.
   *
   * @param x left, pixels
   * @param y top
   * @param width pixels
   * @param height pixels
   */
  public record Window(double x, double y, double width, double height) {
    /** All of a picture. */
    public static Window of(Picture picture) {
      return new Window(0, 0, picture.width(), picture.height());
    }

    /** A box with as much again around it, within the picture. */
    public static Window around(Picture picture, double x1, double y1, double x2, double y2) {
      double margin = Math.max(x2 - x1, y2 - y1) / 2;
      double left = Math.max(0, x1 - margin);
      double top = Math.max(0, y1 - margin);
      return new Window(
          left,
          top,
          Math.min(picture.width(), x2 + margin) - left,
          Math.min(picture.height(), y2 + margin) - top);
    }
  }

  /**
   * A box, or an area.
   *
   * @param label shown on pointing at it, and on boxes of the tone that is named
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

  /** All of a picture. */
  public Photo(String caption, Picture picture, List<Frame> areas, List<Frame> frames, Tone named) {
    this(caption, picture, areas, frames, named, Window.of(picture));
  }

  @Override
  public String svg() {
    ContainerTag<?> svg =
        Svg.drawing(window.x(), window.y(), window.width(), window.height(), caption)
            .withClass("photo")
            .with(tag("use").attr("href", "#" + picture.id()));
    areas.forEach(area -> svg.with(rectangle("area", area)));
    frames.forEach(frame -> svg.with(rectangle("frame", frame)));
    frames.stream().filter(frame -> frame.tone() == named).forEach(frame -> svg.with(name(frame)));
    return svg.render();
  }

  /** The label above its box, or inside where there is no room above. */
  private DomContent name(Frame frame) {
    double size = window.width() * LETTERS;
    double y = frame.y1() - window.y() > size ? frame.y1() - size / 5 : frame.y1() + size;
    return Svg.name("name " + frame.tone().cssClass(), frame.x1(), y, size, frame.label());
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
