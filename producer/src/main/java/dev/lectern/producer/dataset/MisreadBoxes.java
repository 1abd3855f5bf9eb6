package dev.lectern.producer.dataset;

import dev.lectern.schemas.config.UserMistakeException;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Whether the boxes of a split are written in another form than its format's: fractions of the
 * image where pixels belong, or right and bottom edges where width and height belong. Each such box
 * is well formed; only all of them together tell.
 *
 * <p>Not safe for use by several threads.
 */
final class MisreadBoxes {
  /** Fewer boxes tell nothing about edges. */
  private static final int FEWEST = 3;

  /** Boxes that miss their image by less are inexact: pixels, and fractions. */
  private static final double PIXEL = 1;

  private static final double FRACTION = 0.02;

  private static final class Split {
    private long boxes;
    private long fractions;
    private long edges;
    private long beyond;
    private String first;
    private String firstBeyond;
  }

  private final Map<String, Split> splits = new LinkedHashMap<>();

  /**
   * Looks at the boxes of an image.
   *
   * @param size width and height in the boxes' unit; null if unknown
   */
  void count(AnnotatedImage image, double[] size) {
    for (AnnotatedBox box : image.boxes()) {
      Split split = splits.computeIfAbsent(image.split(), name -> new Split());
      split.boxes++;
      String where =
          image.file().getFileName()
              + " annotation "
              + box.annotationId()
              + ": found left, top, width, height "
              + Boxes.text(box.x(), box.y(), box.width(), box.height());
      if (image.unit() == BoxUnit.PIXELS && isFraction(box)) {
        split.fractions++;
        split.first = split.first == null ? where : split.first;
      }
      if (size == null) {
        continue;
      }
      double near = image.unit() == BoxUnit.PIXELS ? PIXEL : FRACTION;
      // The first two numbers as written: YOLO's are of the centre.
      double x = image.unit() == BoxUnit.PIXELS ? box.x() : box.x() + box.width() / 2;
      double y = image.unit() == BoxUnit.PIXELS ? box.y() : box.y() + box.height() / 2;
      if (box.width() > x
          && box.height() > y
          && box.width() <= size[0] + near
          && box.height() <= size[1] + near) {
        split.edges++;
        if (box.x() < -near
            || box.y() < -near
            || box.x() + box.width() > size[0] + near
            || box.y() + box.height() > size[1] + near) {
          split.beyond++;
          split.firstBeyond = split.firstBeyond == null ? where : split.firstBeyond;
        }
      }
    }
  }

  /** Within the first pixel, or VOC's, which counts from 1; whole numbers may be a real box. */
  private static boolean isFraction(AnnotatedBox box) {
    boolean near =
        Math.abs(box.x()) <= 1 && Math.abs(box.y()) <= 1 && box.width() <= 2 && box.height() <= 2;
    return near
        && (box.x() != Math.rint(box.x())
            || box.y() != Math.rint(box.y())
            || box.width() != Math.rint(box.width())
            || box.height() != Math.rint(box.height()));
  }

  /**
   * @throws UserMistakeException if a split's boxes are plainly of another form
   */
  void check() {
    splits.forEach(
        (name, split) -> {
          if (split.fractions == split.boxes
              || (split.fractions >= FEWEST && split.fractions * 10 >= split.boxes)) {
            throw new UserMistakeException(
                "split "
                    + name
                    + ": "
                    + (split.fractions == split.boxes
                        ? "each of its " + split.boxes + " boxes lies"
                        : split.fractions + " of its " + split.boxes + " boxes lie")
                    + " within the first two pixels of its image, the first: "
                    + split.first
                    + "; expected pixels, these look like fractions of the image");
          }
          if (split.boxes >= FEWEST
              && split.edges * 10 >= split.boxes * 9
              && split.beyond * 4 >= split.boxes) {
            throw new UserMistakeException(
                "split "
                    + name
                    + ": "
                    + split.beyond
                    + " of its "
                    + split.boxes
                    + " boxes reach beyond their images, the first: "
                    + split.firstBeyond
                    + "; expected width and height, these look like right and bottom edges");
          }
        });
  }
}
