package dev.lectern.producer.dataset;

import java.util.Locale;

/** Checks of a box that do not need its image. */
final class Boxes {
  private Boxes() {}

  /** Whether left, top, width, height span no area or are not numbers. */
  static boolean degenerate(double... xywh) {
    for (double v : xywh) {
      if (!Double.isFinite(v)) {
        return true;
      }
    }
    // As views keep them: a side that float32 cannot tell from 0 is none.
    return (float) (xywh[0] + xywh[2]) <= (float) xywh[0]
        || (float) (xywh[1] + xywh[3]) <= (float) xywh[1];
  }

  /** Whether a box does not touch an image of this size, both in the same unit. */
  static boolean outside(AnnotatedBox box, double width, double height) {
    return box.x() >= width
        || box.y() >= height
        || box.x() + box.width() <= 0
        || box.y() + box.height() <= 0;
  }

  static String text(double... numbers) {
    StringBuilder text = new StringBuilder("[");
    for (double v : numbers) {
      text.append(text.length() > 1 ? ", " : "").append(String.format(Locale.ROOT, "%.6g", v));
    }
    return text.append(']').toString();
  }
}
