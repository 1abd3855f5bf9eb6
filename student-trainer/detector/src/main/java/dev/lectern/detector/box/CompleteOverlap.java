package dev.lectern.detector.box;

/**
 * Complete IoU in the form of the YOLO family: IoU less the centre distance and less the difference
 * of aspect ratios.
 *
 * <pre>
 *   CIoU = IoU - (ρ² / c² + a·v)    v = 4/π² · (atan(w_b/h_b) - atan(w_a/h_a))²
 *   a = v / (v - IoU + 1 + ε)       ε = 1e-7 is added to each height, to c² and to the union
 * </pre>
 *
 * <p>Zheng et al. 2020 (arXiv:1911.08287), eq. 8 to 11.
 */
public final class CompleteOverlap {
  private static final double EPSILON = 1e-7;

  private CompleteOverlap() {}

  /**
   * The overlap of box i of a with box j of b.
   *
   * @param a boxes, xyxy
   * @param b boxes, xyxy, same unit
   */
  public static double of(float[] a, int i, float[] b, int j) {
    double ax1 = a[4 * i];
    double ay1 = a[4 * i + 1];
    double ax2 = a[4 * i + 2];
    double ay2 = a[4 * i + 3];
    double bx1 = b[4 * j];
    double by1 = b[4 * j + 1];
    double bx2 = b[4 * j + 2];
    double by2 = b[4 * j + 3];
    double aw = ax2 - ax1;
    double ah = ay2 - ay1 + EPSILON;
    double bw = bx2 - bx1;
    double bh = by2 - by1 + EPSILON;
    double shared =
        Math.max(0, Math.min(ax2, bx2) - Math.max(ax1, bx1))
            * Math.max(0, Math.min(ay2, by2) - Math.max(ay1, by1));
    double iou = shared / (aw * ah + bw * bh - shared + EPSILON);
    double enclosingWidth = Math.max(ax2, bx2) - Math.min(ax1, bx1);
    double enclosingHeight = Math.max(ay2, by2) - Math.min(ay1, by1);
    double diagonal = enclosingWidth * enclosingWidth + enclosingHeight * enclosingHeight + EPSILON;
    double dx = (bx1 + bx2 - ax1 - ax2) / 2;
    double dy = (by1 + by2 - ay1 - ay2) / 2;
    double angle = Math.atan(bw / bh) - Math.atan(aw / ah);
    double v = 4 / (Math.PI * Math.PI) * angle * angle;
    double share = v / (v - iou + 1 + EPSILON);
    return iou - ((dx * dx + dy * dy) / diagonal + v * share);
  }
}
