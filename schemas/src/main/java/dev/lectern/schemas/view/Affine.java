package dev.lectern.schemas.view;

import java.util.List;

/**
 * A map of the plane: x' = a x + b y + c, y' = d x + e y + f, in pixels, corners at integer
 * coordinates.
 *
 * <p>A resize from w to W pixels is x' = x W / w: coordinates are continuous and the image spans
 * [0, w).
 */
public record Affine(double a, double b, double c, double d, double e, double f) {
  public static final Affine IDENTITY = new Affine(1, 0, 0, 0, 1, 0);

  public static Affine scale(double x, double y) {
    return new Affine(x, 0, 0, 0, y, 0);
  }

  public static Affine translate(double x, double y) {
    return new Affine(1, 0, x, 0, 1, y);
  }

  /** Mirrors left and right an image of the given width. */
  public static Affine flipHorizontal(double width) {
    return new Affine(-1, 0, width, 0, 1, 0);
  }

  /** From the six numbers of {@code Transform.affine}. */
  public static Affine of(List<Double> numbers) {
    if (numbers.size() != 6) {
      throw new IllegalArgumentException(
          "affine map: found " + numbers.size() + " numbers, expected 6");
    }
    return new Affine(
        numbers.get(0),
        numbers.get(1),
        numbers.get(2),
        numbers.get(3),
        numbers.get(4),
        numbers.get(5));
  }

  public List<Double> toList() {
    return List.of(a, b, c, d, e, f);
  }

  /** This map first, then {@code next}. */
  public Affine then(Affine next) {
    return new Affine(
        next.a * a + next.b * d,
        next.a * b + next.b * e,
        next.a * c + next.b * f + next.c,
        next.d * a + next.e * d,
        next.d * b + next.e * e,
        next.d * c + next.e * f + next.f);
  }

  /**
   * @throws IllegalArgumentException if the map is singular
   */
  public Affine inverse() {
    double determinant = a * e - b * d;
    if (determinant == 0 || !Double.isFinite(determinant)) {
      throw new IllegalArgumentException("affine map " + this + " has no inverse");
    }
    double ia = e / determinant;
    double ib = -b / determinant;
    double id = -d / determinant;
    double ie = a / determinant;
    return new Affine(ia, ib, -(ia * c + ib * f), id, ie, -(id * c + ie * f));
  }

  public double applyX(double x, double y) {
    return a * x + b * y + c;
  }

  public double applyY(double x, double y) {
    return d * x + e * y + f;
  }

  /** The smallest upright box around the image of an upright box; both xyxy. */
  public double[] applyToBox(double x1, double y1, double x2, double y2) {
    double[] xs = {applyX(x1, y1), applyX(x2, y1), applyX(x1, y2), applyX(x2, y2)};
    double[] ys = {applyY(x1, y1), applyY(x2, y1), applyY(x1, y2), applyY(x2, y2)};
    return new double[] {min(xs), min(ys), max(xs), max(ys)};
  }

  private static double min(double[] v) {
    return Math.min(Math.min(v[0], v[1]), Math.min(v[2], v[3]));
  }

  private static double max(double[] v) {
    return Math.max(Math.max(v[0], v[1]), Math.max(v[2], v[3]));
  }
}
