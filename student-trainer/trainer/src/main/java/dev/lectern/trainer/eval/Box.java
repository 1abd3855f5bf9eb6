package dev.lectern.trainer.eval;

/**
 * A box as COCO writes it: left, top, width, height, in pixels.
 *
 * @param x left edge
 * @param y top edge
 * @param width not negative
 * @param height not negative
 */
public record Box(double x, double y, double width, double height) {
  /** Makes a box from its corners (xyxy, pixels). */
  public static Box ofCorners(double x1, double y1, double x2, double y2) {
    return new Box(x1, y1, x2 - x1, y2 - y1);
  }

  /** Square pixels. */
  public double area() {
    return width * height;
  }

  /**
   * Intersection over union; no pixel is added to the sides.
   *
   * @return 0 when the boxes only touch or either is empty
   */
  public double overlap(Box other) {
    double shared = shared(other);
    return shared == 0 ? 0 : shared / (area() + other.area() - shared);
  }

  /**
   * The part of this box that lies in {@code region}, 0 to 1: COCO's overlap with a crowd region.
   */
  public double shareInside(Box region) {
    double shared = shared(region);
    return shared == 0 ? 0 : shared / area();
  }

  private double shared(Box other) {
    double w = Math.min(width + x, other.width + other.x) - Math.max(x, other.x);
    if (w <= 0) {
      return 0;
    }
    double h = Math.min(height + y, other.height + other.y) - Math.max(y, other.y);
    return h <= 0 ? 0 : w * h;
  }
}
