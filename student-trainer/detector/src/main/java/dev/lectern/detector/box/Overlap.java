package dev.lectern.detector.box;

/**
 * How far two boxes agree. I is the shared area, U the covered area, E the area of the smallest
 * enclosing box, ρ² the squared distance of the centres, c² the squared diagonal of the enclosing
 * box. U, E and c² are at least {@value #EPSILON}; no +1 pixel conventions.
 */
public enum Overlap {
  /** I / U. */
  IOU,
  /** IoU - (E - U) / E (arXiv:1902.09630, algorithm 1). */
  GIOU,
  /** IoU - ρ² / c² (arXiv:1911.08287, eq. 6 and 7). */
  DIOU,
  /**
   * I / area(a) - ρ² / c²: the form that the public code of localization distillation calls DIoU,
   * with the first box's own area in place of the union.
   */
  DIOU_OVER_FIRST_AREA;

  /** Smallest denominator. */
  public static final double EPSILON = 1e-6;

  /**
   * The overlap of box i of a with box j of b.
   *
   * @param a boxes, xyxy
   * @param b boxes, xyxy, same unit
   */
  public double of(float[] a, int i, float[] b, int j) {
    double ax1 = a[4 * i];
    double ay1 = a[4 * i + 1];
    double ax2 = a[4 * i + 2];
    double ay2 = a[4 * i + 3];
    double bx1 = b[4 * j];
    double by1 = b[4 * j + 1];
    double bx2 = b[4 * j + 2];
    double by2 = b[4 * j + 3];
    double shared =
        Math.max(0, Math.min(ax2, bx2) - Math.max(ax1, bx1))
            * Math.max(0, Math.min(ay2, by2) - Math.max(ay1, by1));
    double firstArea = (ax2 - ax1) * (ay2 - ay1);
    double union = Math.max(firstArea + (bx2 - bx1) * (by2 - by1) - shared, EPSILON);
    if (this == IOU) {
      return shared / union;
    }
    double enclosingWidth = Math.max(0, Math.max(ax2, bx2) - Math.min(ax1, bx1));
    double enclosingHeight = Math.max(0, Math.max(ay2, by2) - Math.min(ay1, by1));
    if (this == GIOU) {
      double enclosing = Math.max(enclosingWidth * enclosingHeight, EPSILON);
      return shared / union - (enclosing - union) / enclosing;
    }
    double diagonal =
        Math.max(enclosingWidth * enclosingWidth + enclosingHeight * enclosingHeight, EPSILON);
    double dx = (ax1 + ax2 - bx1 - bx2) / 2;
    double dy = (ay1 + ay2 - by1 - by2) / 2;
    double agreement = this == DIOU ? shared / union : shared / Math.max(firstArea, EPSILON);
    return agreement - (dx * dx + dy * dy) / diagonal;
  }

  /**
   * Overlaps of every box of a with every box of b.
   *
   * @return (boxes of a, boxes of b), row-major
   */
  public float[] pairwise(float[] a, float[] b) {
    int rows = a.length / 4;
    int columns = b.length / 4;
    float[] overlaps = new float[rows * columns];
    for (int i = 0; i < rows; i++) {
      for (int j = 0; j < columns; j++) {
        overlaps[i * columns + j] = (float) of(a, i, b, j);
      }
    }
    return overlaps;
  }
}
