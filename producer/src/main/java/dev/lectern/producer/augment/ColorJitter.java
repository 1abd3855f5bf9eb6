package dev.lectern.producer.augment;

import java.util.List;

/**
 * A change of colours, linear in the pixel.
 *
 * <p>On the 0..255 scale, in this order and without clipping in between:
 *
 * <pre>
 *   brightness  p = brightness p
 *   contrast    p = contrast (p - 127.5) + 127.5
 *   saturation  p = Y + saturation (p - Y)          Y = 0.299 R + 0.587 G + 0.114 B
 *   hue         (U, V) turned by hue degrees         U = 0.492 (B - Y), V = 0.877 (R - Y)
 * </pre>
 *
 * @param brightness factor, 1 changes nothing
 * @param contrast factor, 1 changes nothing
 * @param saturation factor, 1 changes nothing, 0 is grey
 * @param hue degrees, 0 changes nothing
 */
public record ColorJitter(double brightness, double contrast, double saturation, double hue) {
  static final ColorJitter NONE = new ColorJitter(1, 1, 1, 0);

  private static final double GREY = 127.5;

  /** The parts of a change of colours, in the order in which one applies them. */
  enum Part {
    BRIGHTNESS,
    CONTRAST,
    SATURATION,
    HUE
  }

  /** With another number for one of its parts. */
  ColorJitter with(Part part, double value) {
    return switch (part) {
      case BRIGHTNESS -> new ColorJitter(value, contrast, saturation, hue);
      case CONTRAST -> new ColorJitter(brightness, value, saturation, hue);
      case SATURATION -> new ColorJitter(brightness, contrast, value, hue);
      case HUE -> new ColorJitter(brightness, contrast, saturation, value);
    };
  }

  boolean changesNothing() {
    return equals(NONE);
  }

  /** The map of a pixel (blue, green, red) to the new one, as 3 rows of 4 numbers. */
  double[][] matrix() {
    double[][] rows = new double[3][4];
    double[] origin = apply(0, 0, 0);
    for (int column = 0; column < 3; column++) {
      double[] image = apply(column == 0 ? 1 : 0, column == 1 ? 1 : 0, column == 2 ? 1 : 0);
      for (int row = 0; row < 3; row++) {
        rows[row][column] = image[row] - origin[row];
      }
    }
    for (int row = 0; row < 3; row++) {
      rows[row][3] = origin[row];
    }
    return rows;
  }

  /** The map of several changes, one after the other, as 3 rows of 4 numbers. */
  static double[][] matrix(List<ColorJitter> changes) {
    double[][] all = changes.get(0).matrix();
    for (ColorJitter change : changes.subList(1, changes.size())) {
      double[][] next = change.matrix();
      double[][] product = new double[3][4];
      for (int row = 0; row < 3; row++) {
        for (int column = 0; column < 4; column++) {
          double sum = column == 3 ? next[row][3] : 0;
          for (int k = 0; k < 3; k++) {
            sum += next[row][k] * all[k][column];
          }
          product[row][column] = sum;
        }
      }
      all = product;
    }
    return all;
  }

  private double[] apply(double blue, double green, double red) {
    double b = contrast * (brightness * blue - GREY) + GREY;
    double g = contrast * (brightness * green - GREY) + GREY;
    double r = contrast * (brightness * red - GREY) + GREY;
    double y = 0.299 * r + 0.587 * g + 0.114 * b;
    double u = 0.492 * saturation * (b - y);
    double v = 0.877 * saturation * (r - y);
    double cos = StrictMath.cos(StrictMath.toRadians(hue));
    double sin = StrictMath.sin(StrictMath.toRadians(hue));
    double turnedU = u * cos - v * sin;
    double turnedV = u * sin + v * cos;
    double newB = y + turnedU / 0.492;
    double newR = y + turnedV / 0.877;
    double newG = (y - 0.299 * newR - 0.114 * newB) / 0.587;
    return new double[] {newB, newG, newR};
  }
}
