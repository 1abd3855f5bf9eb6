package dev.lectern.trainer.loss;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;

/**
 * RoIAlign with half-pixel shift: features of boxes at one size, a constant linear map of the
 * feature.
 *
 * <pre>
 *   box in cells = box · scale - 0.5;  a bin averages g x g bilinear samples at start + (k + 0.5) · bin / g
 *   a sample beyond -1 or the size gives 0, else it is clamped to [0, size - 1]
 * </pre>
 *
 * <p>He et al. 2017 (arXiv:1703.06870), section 3, in the aligned form. Boxes are constants; the
 * gradient goes to the feature.
 */
public final class RoiAlign {
  private static final int CORNERS = 4;

  private RoiAlign() {}

  /**
   * Pools the features of boxes.
   *
   * @param feature (N, C, H, W)
   * @param rois (K, 5) image index, x1, y1, x2, y2 in pixels
   * @param size bins per side, S
   * @param scale cells per pixel
   * @param sampling g; 0 takes ceil(side / S) of each box
   * @return (K, C, S, S)
   */
  public static NDArray pool(NDArray feature, float[] rois, int size, double scale, int sampling) {
    Shape shape = feature.getShape();
    int boxes = rois.length / 5;
    if (boxes == 0) {
      NDArray none = feature.getManager().zeros(new Shape(0, shape.get(1), size, size));
      return none.add(Rows.zero(feature));
    }
    Samples samples = new Samples(shape, rois, size, scale, sampling);
    int bins = boxes * size * size;
    NDArray cells = Rows.take(Rows.of(feature), samples.cells);
    NDArray weights =
        feature.getManager().create(samples.weights, new Shape(bins, 1, samples.perBin));
    return weights
        .batchMatMul(cells.reshape(bins, samples.perBin, -1))
        .reshape(boxes, size, size, shape.get(1))
        .transpose(0, 3, 1, 2);
  }

  /**
   * Which cells make up each bin, and how much of each; bins with fewer samples are filled with 0.
   */
  private static final class Samples {
    private final int height;
    private final int width;
    private final int perBin;
    private final int[] cells;
    private final float[] weights;

    Samples(Shape shape, float[] rois, int size, double scale, int sampling) {
      height = (int) shape.get(2);
      width = (int) shape.get(3);
      int boxes = rois.length / 5;
      int most = 1;
      for (int k = 0; k < boxes; k++) {
        most =
            Math.max(
                most,
                count(rois, k, 0, size, scale, sampling)
                    * count(rois, k, 1, size, scale, sampling));
      }
      perBin = most * CORNERS;
      cells = new int[boxes * size * size * perBin];
      weights = new float[cells.length];
      for (int k = 0; k < boxes; k++) {
        fill(rois, k, size, scale, sampling);
      }
    }

    private static int count(float[] rois, int k, int axis, int size, double scale, int sampling) {
      double side = (rois[5 * k + 3 + axis] - rois[5 * k + 1 + axis]) * scale;
      return sampling > 0 ? sampling : (int) Math.max(1, Math.ceil(side / size));
    }

    private void fill(float[] rois, int k, int size, double scale, int sampling) {
      int across = count(rois, k, 0, size, scale, sampling);
      int down = count(rois, k, 1, size, scale, sampling);
      double left = rois[5 * k + 1] * scale - 0.5;
      double top = rois[5 * k + 2] * scale - 0.5;
      double binWidth = (rois[5 * k + 3] * scale - 0.5 - left) / size;
      double binHeight = (rois[5 * k + 4] * scale - 0.5 - top) / size;
      int image = (int) rois[5 * k];
      for (int by = 0; by < size; by++) {
        for (int bx = 0; bx < size; bx++) {
          int at = ((k * size + by) * size + bx) * perBin;
          for (int sy = 0; sy < down; sy++) {
            double y = top + (by + (sy + 0.5) / down) * binHeight;
            for (int sx = 0; sx < across; sx++, at += CORNERS) {
              double x = left + (bx + (sx + 0.5) / across) * binWidth;
              sample(image, y, x, 1.0 / (across * down), at);
            }
          }
        }
      }
    }

    private void sample(int image, double y, double x, double share, int at) {
      if (y < -1 || y > height || x < -1 || x > width) {
        return;
      }
      double inY = Math.min(Math.max(y, 0), height - 1);
      double inX = Math.min(Math.max(x, 0), width - 1);
      int upper = (int) inY;
      int left = (int) inX;
      int lower = Math.min(upper + 1, height - 1);
      int right = Math.min(left + 1, width - 1);
      double down = inY - upper;
      double across = inX - left;
      int base = image * height * width;
      put(at, base + upper * width + left, share * (1 - down) * (1 - across));
      put(at + 1, base + upper * width + right, share * (1 - down) * across);
      put(at + 2, base + lower * width + left, share * down * (1 - across));
      put(at + 3, base + lower * width + right, share * down * across);
    }

    private void put(int at, int cell, double weight) {
      cells[at] = cell;
      weights[at] = (float) weight;
    }
  }
}
