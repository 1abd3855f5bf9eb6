package dev.lectern.detector.region;

/** The positions whose anchor has its centre in some box. */
public final class InsideBox {
  private InsideBox() {}

  /**
   * Positions whose anchor centre lies strictly inside some box, on every level.
   *
   * @param anchors (R, 4) xyxy
   * @param boxes (G, 4) xyxy
   * @return (R)
   */
  public static boolean[] of(float[] anchors, float[] boxes) {
    return of(anchors, boxes, 0);
  }

  /**
   * The same of boxes that are larger.
   *
   * @param margin pixels on each side
   */
  static boolean[] of(float[] anchors, float[] boxes, double margin) {
    boolean[] region = new boolean[anchors.length / 4];
    for (int i = 0; i < region.length; i++) {
      double x = ((double) anchors[4 * i] + anchors[4 * i + 2]) / 2;
      double y = ((double) anchors[4 * i + 1] + anchors[4 * i + 3]) / 2;
      for (int g = 0; g < boxes.length / 4 && !region[i]; g++) {
        region[i] =
            x > boxes[4 * g] - margin
                && y > boxes[4 * g + 1] - margin
                && x < boxes[4 * g + 2] + margin
                && y < boxes[4 * g + 3] + margin;
      }
    }
    return region;
  }
}
