package dev.lectern.demo.draw;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/** The classes of objects in the drawn pictures; a label is the ordinal. */
public enum ShapeClass {
  DISC,
  RING,
  SQUARE,
  TRIANGLE,
  STAR,
  CROSS;

  private static final int ROUND = 20;

  /** Names in label order. */
  public static List<String> names() {
    return Arrays.stream(values()).map(ShapeClass::label).toList();
  }

  /** Name in annotations. */
  public String label() {
    return name().toLowerCase(Locale.ROOT);
  }

  /**
   * Corners of the outline around the origin, x and y alternating; no corner is further away than
   * 1.
   */
  double[] outline() {
    return switch (this) {
      case DISC, RING -> corners(ROUND, 1, 1);
      case SQUARE -> corners(4, 1, 1);
      case TRIANGLE -> corners(3, 1, 1);
      case STAR -> corners(10, 1, 0.45);
      case CROSS -> cross(0.92, 0.33);
    };
  }

  /** Radius of the hole around the origin as a share of the outline's; 0 for none. */
  double hole() {
    return this == RING ? 0.52 : 0;
  }

  private static double[] corners(int count, double evenRadius, double oddRadius) {
    double[] xy = new double[2 * count];
    for (int i = 0; i < count; i++) {
      double radius = i % 2 == 0 ? evenRadius : oddRadius;
      double angle = 2 * StrictMath.PI * i / count;
      xy[2 * i] = radius * StrictMath.cos(angle);
      xy[2 * i + 1] = radius * StrictMath.sin(angle);
    }
    return xy;
  }

  private static double[] cross(double reach, double half) {
    return new double[] {
      half, half, half, reach, -half, reach, -half, half, -reach, half, -reach, -half,
      -half, -half, -half, -reach, half, -reach, half, -half, reach, -half, reach, half
    };
  }
}
