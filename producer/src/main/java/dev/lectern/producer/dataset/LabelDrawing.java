package dev.lectern.producer.dataset;

import dev.lectern.schemas.view.Affine;
import java.util.Arrays;

/**
 * Draws annotated regions as a label map. A pixel is of a region when its centre lies in one of its
 * polygons, by the even-odd rule.
 */
final class LabelDrawing {
  private final int width;
  private final int height;
  private final byte[] classes;

  /** All of class 0. */
  LabelDrawing(int width, int height) {
    this.width = width;
    this.height = height;
    this.classes = new byte[width * height];
  }

  /** (height, width), row-major. */
  byte[] classes() {
    return classes;
  }

  /**
   * Covers what lies below.
   *
   * @param turn from the annotated image to this one
   */
  void draw(PixelLabels.Region region, Affine turn) {
    for (float[] polygon : region.polygons()) {
      fill(polygon, turn, (byte) region.label());
    }
    if (region.runs() != null) {
      fill(region.runs(), turn, (byte) region.label());
    }
  }

  private void fill(float[] polygon, Affine turn, byte label) {
    int corners = polygon.length / 2;
    double[] x = new double[corners];
    double[] y = new double[corners];
    double top = height;
    double bottom = 0;
    for (int i = 0; i < corners; i++) {
      x[i] = turn.applyX(polygon[2 * i], polygon[2 * i + 1]);
      y[i] = turn.applyY(polygon[2 * i], polygon[2 * i + 1]);
      top = Math.min(top, y[i]);
      bottom = Math.max(bottom, y[i]);
    }
    double[] crossings = new double[corners];
    int last = (int) Math.min(height - 1.0, Math.ceil(bottom));
    for (int row = (int) Math.max(0, Math.floor(top)); row <= last; row++) {
      int count = 0;
      double line = row + 0.5;
      for (int i = 0; i < corners; i++) {
        int next = (i + 1) % corners;
        if (y[i] <= line != y[next] <= line) {
          crossings[count++] = x[i] + (line - y[i]) / (y[next] - y[i]) * (x[next] - x[i]);
        }
      }
      Arrays.sort(crossings, 0, count);
      for (int i = 0; i + 1 < count; i += 2) {
        int from = (int) Math.max(0, Math.ceil(crossings[i] - 0.5));
        int to = (int) Math.min(width, Math.ceil(crossings[i + 1] - 0.5));
        if (from < to) {
          Arrays.fill(classes, row * width + from, row * width + to, label);
        }
      }
    }
  }

  private void fill(RunLengths runs, Affine turn, byte label) {
    int at = 0;
    for (int run = 0; run < runs.lengths().length; run++) {
      int end = at + runs.lengths()[run];
      for (; at < end; at++) {
        if (run % 2 == 1) {
          double x = at / runs.height() + 0.5;
          double y = at % runs.height() + 0.5;
          int column = (int) Math.floor(turn.applyX(x, y));
          int row = (int) Math.floor(turn.applyY(x, y));
          if (column >= 0 && column < width && row >= 0 && row < height) {
            classes[row * width + column] = label;
          }
        }
      }
    }
  }
}
