package dev.lectern.producer.augment;

import dev.lectern.schemas.view.Affine;
import java.util.List;

/**
 * A projective map of the plane, in pixels, corners at integer coordinates:
 *
 * <pre>
 *   x' = (a x + b y + c) / w    y' = (d x + e y + f) / w    w = g x + h y + i
 * </pre>
 *
 * <p>Only used where w is positive.
 */
record Projective(
    double a, double b, double c, double d, double e, double f, double g, double h, double i) {
  static final Projective IDENTITY = of(Affine.IDENTITY);

  static Projective of(Affine m) {
    return new Projective(m.a(), m.b(), m.c(), m.d(), m.e(), m.f(), 0, 0, 1);
  }

  static Projective translate(double x, double y) {
    return of(Affine.translate(x, y));
  }

  static Projective scale(double x, double y) {
    return of(Affine.scale(x, y));
  }

  /** This map first, then {@code next}. */
  Projective then(Projective next) {
    return new Projective(
        next.a * a + next.b * d + next.c * g,
        next.a * b + next.b * e + next.c * h,
        next.a * c + next.b * f + next.c * i,
        next.d * a + next.e * d + next.f * g,
        next.d * b + next.e * e + next.f * h,
        next.d * c + next.e * f + next.f * i,
        next.g * a + next.h * d + next.i * g,
        next.g * b + next.h * e + next.i * h,
        next.g * c + next.h * f + next.i * i);
  }

  boolean isAffine() {
    return g == 0 && h == 0 && i == 1;
  }

  /** The six numbers of an affine map. */
  Affine affine() {
    return new Affine(a, b, c, d, e, f);
  }

  double applyX(double x, double y) {
    return (a * x + b * y + c) / (g * x + h * y + i);
  }

  double applyY(double x, double y) {
    return (d * x + e * y + f) / (g * x + h * y + i);
  }

  /** Row-major. */
  List<Double> toList() {
    return List.of(a, b, c, d, e, f, g, h, i);
  }
}
