package dev.lectern.demo.draw;

/** Pixels under the brush: red, green and blue as numbers on the 0..255 scale. */
final class Canvas {
  private final int side;
  private final float[] rgb;

  Canvas(int side) {
    this.side = side;
    this.rgb = new float[3 * side * side];
  }

  /** Two colours, mixed by smooth noise with cells of the given size. */
  void clouds(double[] first, double[] second, double cell, RandomNumbers random) {
    int knots = (int) (side / cell) + 2;
    double[] values = new double[knots * knots];
    for (int i = 0; i < values.length; i++) {
      values[i] = random.between(0, 1);
    }
    for (int y = 0; y < side; y++) {
      for (int x = 0; x < side; x++) {
        mix(x, y, second, 1 - noise(values, knots, x / cell, y / cell), first);
      }
    }
  }

  private void mix(int x, int y, double[] a, double share, double[] b) {
    int at = 3 * (y * side + x);
    for (int c = 0; c < 3; c++) {
      rgb[at + c] = (float) (b[c] + share * (a[c] - b[c]));
    }
  }

  private static double noise(double[] values, int knots, double x, double y) {
    int i = (int) x;
    int j = (int) y;
    double u = smooth(x - i);
    double v = smooth(y - j);
    int at = j * knots + i;
    double top = values[at] + u * (values[at + 1] - values[at]);
    double bottom = values[at + knots] + u * (values[at + knots + 1] - values[at + knots]);
    return top + v * (bottom - top);
  }

  private static double smooth(double t) {
    return t * t * (3 - 2 * t);
  }

  /** Mean colour of the square of the given half side around a point. */
  double[] colourAround(double centreX, double centreY, int half) {
    double[] sum = new double[3];
    int count = 0;
    for (int y = Math.max(0, (int) centreY - half);
        y <= Math.min(side - 1, (int) centreY + half);
        y++) {
      for (int x = Math.max(0, (int) centreX - half);
          x <= Math.min(side - 1, (int) centreX + half);
          x++) {
        for (int c = 0; c < 3; c++) {
          sum[c] += rgb[3 * (y * side + x) + c];
        }
        count++;
      }
    }
    for (int c = 0; c < 3; c++) {
      sum[c] = count == 0 ? 128 : sum[c] / count;
    }
    return sum;
  }

  /** Lays colour over the pixels of a window as far as the brush covers them. */
  void paint(Brush brush, Window window) {
    for (int y = window.top(); y < window.bottom(); y++) {
      for (int x = window.left(); x < window.right(); x++) {
        double cover = brush.cover(x, y);
        if (cover > 0) {
          double brightness = brush.brightness(x, y);
          int at = 3 * (y * side + x);
          for (int c = 0; c < 3; c++) {
            rgb[at + c] += (float) (cover * (brush.colour(c) + brightness - rgb[at + c]));
          }
        }
      }
    }
  }

  /** What is laid on a canvas. */
  interface Brush {
    /** 0 to 1. */
    double cover(int x, int y);

    /** Added to the colour. */
    double brightness(int x, int y);

    double colour(int channel);
  }

  /** Pixels from left to right - 1 and from top to bottom - 1. */
  record Window(int left, int top, int right, int bottom) {}

  /** The part of an extent and the margin around it that lies on the canvas; may be empty. */
  Window window(double[] extent, double margin) {
    return new Window(
        first(extent[0] - margin),
        first(extent[1] - margin),
        end(extent[2] + margin),
        end(extent[3] + margin));
  }

  private static int first(double edge) {
    return Math.max(0, (int) StrictMath.floor(edge));
  }

  private int end(double edge) {
    return Math.min(side, (int) StrictMath.ceil(edge));
  }

  /** Replaces each pixel by the weighted mean (1 2 1) of its row neighbours, then its column's. */
  void blur() {
    for (int y = 0; y < side; y++) {
      smoothLine(3 * y * side, 3);
    }
    for (int x = 0; x < side; x++) {
      smoothLine(3 * x, 3 * side);
    }
  }

  private void smoothLine(int start, int step) {
    for (int c = 0; c < 3; c++) {
      float before = rgb[start + c];
      for (int i = 0; i < side; i++) {
        int at = start + i * step + c;
        float here = rgb[at];
        float after = i + 1 < side ? rgb[at + step] : here;
        rgb[at] = (before + 2 * here + after) / 4;
        before = here;
      }
    }
  }

  /** Adds noise of the given deviation and rounds to bytes. */
  byte[] develop(double deviation, RandomNumbers random) {
    byte[] bytes = new byte[rgb.length];
    for (int i = 0; i < rgb.length; i++) {
      double value = rgb[i] + deviation * random.normal();
      bytes[i] = (byte) Math.max(0, Math.min(255, (int) StrictMath.floor(value + 0.5)));
    }
    return bytes;
  }
}
