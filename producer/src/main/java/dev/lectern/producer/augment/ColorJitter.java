package dev.lectern.producer.augment;

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
