package dev.lectern.schemas.config;

import java.util.Optional;
import java.util.function.Supplier;

/**
 * Whether boxes are written in another form than that of their file: fractions of the image where
 * pixels belong, or right and bottom edges where width and height belong. Each such box is well
 * formed; only all of them together tell.
 *
 * <p>Not safe for use by several threads.
 */
public final class BoxForm {
  /** A share of annotated boxes that hardly ever lies in the first two pixels. */
  public static final double FEW_ANNOTATED = 0.1;

  /** Fewer boxes tell nothing about edges. */
  private static final int FEWEST = 3;

  /** Boxes that miss their image by no more are inexact: pixels, and fractions. */
  private static final double PIXELS = 2;

  private static final double FRACTION = 0.02;

  private long boxes;
  private long fractions;
  private long edges;
  private long beyond;
  private String first;
  private String firstBeyond;

  /**
   * Looks at a box in pixels.
   *
   * @param box left, top, width, height
   * @param size width and height of its image; null if unknown
   * @param where the box is
   */
  public void countPixels(double[] box, double[] size, Supplier<String> where) {
    boxes++;
    if (isFraction(box)) {
      fractions++;
      first = first == null ? where.get() : first;
    }
    if (size != null) {
      countEdges(box, box[0], box[1], size, PIXELS, where);
    }
  }

  /**
   * Looks at a box in fractions of its image.
   *
   * @param box centre x, centre y, width, height
   * @param where the box is
   */
  public void countFractions(double[] box, Supplier<String> where) {
    boxes++;
    double[] whole = {1, 1};
    countEdges(box, box[0] - box[2] / 2, box[1] - box[3] / 2, whole, FRACTION, where);
  }

  private void countEdges(
      double[] box, double left, double top, double[] size, double near, Supplier<String> where) {
    double width = box[2];
    double height = box[3];
    if (width <= box[0] || height <= box[1] || width > size[0] + near || height > size[1] + near) {
      return;
    }
    edges++;
    if (left < -near
        || top < -near
        || left + width > size[0] + near
        || top + height > size[1] + near) {
      beyond++;
      firstBeyond = firstBeyond == null ? where.get() : firstBeyond;
    }
  }

  /** Within the first pixel, or VOC's, which counts from 1; whole numbers may be a real box. */
  private static boolean isFraction(double[] box) {
    boolean whole = true;
    for (double v : box) {
      whole &= v == Math.rint(v);
    }
    return !whole && Math.abs(box[0]) <= 1 && Math.abs(box[1]) <= 1 && box[2] <= 2 && box[3] <= 2;
  }

  /**
   * What tells that boxes in pixels are fractions; empty if nothing does.
   *
   * @param share of the boxes that must look so, 0 to 1
   */
  public Optional<String> fractions(double share) {
    boolean all = fractions == boxes && boxes > 0;
    if (!all && (fractions < FEWEST || fractions < share * boxes)) {
      return Optional.empty();
    }
    return Optional.of(
        (all
                ? "each of its " + boxes + " boxes lies"
                : fractions + " of its " + boxes + " boxes lie")
            + " within the first two pixels of its image, the first: "
            + first
            + "; expected pixels, these look like fractions of the image");
  }

  /** What tells that widths and heights are right and bottom edges; empty if nothing does. */
  public Optional<String> edges() {
    if (boxes < FEWEST || edges * 10 < boxes * 9 || beyond * 4 < boxes) {
      return Optional.empty();
    }
    return Optional.of(
        beyond
            + " of its "
            + boxes
            + " boxes reach beyond their images, the first: "
            + firstBeyond
            + "; expected width and height, these look like right and bottom edges");
  }
}
