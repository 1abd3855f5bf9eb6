package dev.lectern.trainer.eval;

/** COCO's object sizes, by annotated area in square pixels; both ends belong to a range. */
public enum AreaRange {
  ALL(0, 1e10),
  SMALL(0, 32 * 32),
  MEDIUM(32 * 32, 96 * 96),
  LARGE(96 * 96, 1e10);

  private final double low;
  private final double high;

  AreaRange(double low, double high) {
    this.low = low;
    this.high = high;
  }

  boolean excludes(double area) {
    return area < low || area > high;
  }
}
