package dev.lectern.producer.augment;

import java.util.List;

/**
 * Which views every image gets.
 *
 * <p>View 0 is the plain resize of the whole image. For each of the others thirteen numbers are
 * drawn from {@link ViewRandom}, always all of them and always in the order below, so that turning
 * one operation off changes nothing about the others:
 *
 * <ol>
 *   <li>flip, if below the probability
 *   <li>crop, if below the probability
 *   <li>width and height of the crop as fractions of the image's
 *   <li>its left and its top edge
 *   <li>scale
 *   <li>left and top of the part that stays on the canvas, where the scaled crop is larger
 *   <li>brightness, contrast, saturation, hue
 * </ol>
 *
 * @param size of the canvas
 * @param resize of view 0, and the starting point of the others
 * @param padding grey value where the canvas shows no image, 0 to 255
 * @param viewsPerImage at least 1
 * @param seed of views 1 and up
 * @param augment ranges of views 1 and up
 */
public record ViewPlan(
    CanvasSize size,
    ResizeMode resize,
    int padding,
    int viewsPerImage,
    long seed,
    Augmentation augment) {
  /**
   * Plans one view.
   *
   * @param width of the upright image, pixels
   * @param height of the upright image, pixels
   * @throws IllegalArgumentException if the view is not one of the plan
   */
  public PlannedView view(String imageId, int viewNumber, int width, int height) {
    if (viewNumber < 0 || viewNumber >= viewsPerImage) {
      throw new IllegalArgumentException(
          "view " + viewNumber + ": expected 0 to " + (viewsPerImage - 1));
    }
    if (viewNumber == 0) {
      return placed(
          0,
          width,
          height,
          false,
          new PlannedView.Window(0, 0, width, height),
          1,
          0,
          0,
          ColorJitter.NONE);
    }
    ViewRandom random = new ViewRandom(seed, imageId, viewNumber);
    boolean flip = random.next() < augment.flipProbability();
    boolean cropped = random.next() < augment.cropProbability();
    int cropWidth = part(width, between(augment.crop(), random.next()));
    int cropHeight = part(height, between(augment.crop(), random.next()));
    int left = position(width - cropWidth, random.next());
    int top = position(height - cropHeight, random.next());
    double scale = between(augment.scale(), random.next());
    double windowX = random.next();
    double windowY = random.next();
    ColorJitter colors =
        new ColorJitter(
            between(augment.brightness(), random.next()),
            between(augment.contrast(), random.next()),
            between(augment.saturation(), random.next()),
            between(augment.hue(), random.next()));
    PlannedView.Window crop =
        cropped
            ? new PlannedView.Window(left, top, cropWidth, cropHeight)
            : new PlannedView.Window(0, 0, width, height);
    return placed(viewNumber, width, height, flip, crop, scale, windowX, windowY, colors);
  }

  private PlannedView placed(
      int viewNumber,
      int width,
      int height,
      boolean flip,
      PlannedView.Window crop,
      double scale,
      double windowX,
      double windowY,
      ColorJitter colors) {
    double fx = size.width() / (double) crop.width();
    double fy = size.height() / (double) crop.height();
    if (resize == ResizeMode.LETTERBOX) {
      fx = Math.min(fx, fy);
      fy = fx;
    }
    Span x = Span.of(crop.x(), crop.width(), fx * scale, size.width(), windowX);
    Span y = Span.of(crop.y(), crop.height(), fy * scale, size.height(), windowY);
    return new PlannedView(
        viewNumber,
        this,
        width,
        height,
        flip,
        new PlannedView.Window(x.start, y.start, x.length, y.length),
        x.canvas,
        y.canvas,
        scale,
        colors);
  }

  /** One axis: source pixels from start on, and the canvas pixels that they become. */
  private record Span(int start, int length, int canvas) {
    static Span of(int start, int length, double factor, int canvas, double at) {
      double scaled = length * factor;
      if (Math.round(scaled) <= canvas) {
        return new Span(start, length, (int) Math.max(1, Math.round(scaled)));
      }
      int shown = (int) Math.max(1, Math.min(length, Math.round(canvas / factor)));
      return new Span(start + position(length - shown, at), shown, canvas);
    }
  }

  private static int part(int length, double fraction) {
    return (int) Math.max(1, Math.min(length, Math.round(length * fraction)));
  }

  /** One of the integers 0 to room. */
  private static int position(int room, double at) {
    return (int) (at * (room + 1));
  }

  private static double between(List<Double> range, double at) {
    return range.get(0) + at * (range.get(1) - range.get(0));
  }
}
