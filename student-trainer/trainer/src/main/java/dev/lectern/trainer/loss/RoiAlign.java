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
 * gradient goes to the feature. Sampling is separable: the cells around a box, its patch, are taken
 * once and multiplied by the outer products of a weight per row and a weight per column.
 */
public final class RoiAlign {
  private final int boxes;
  private final int size;
  private final int height;
  private final int width;
  private final Axis down;
  private final Axis across;
  private final int[] images;

  /**
   * @param rois (K, 5) image index, x1, y1, x2, y2 in pixels
   * @param height cells of the map
   * @param width cells of the map
   * @param size bins per side, S
   * @param scale cells per pixel
   * @param sampling g; 0 takes ceil(side / S) of each box
   */
  public RoiAlign(float[] rois, int height, int width, int size, double scale, int sampling) {
    this.boxes = rois.length / 5;
    this.size = size;
    this.height = height;
    this.width = width;
    this.down = new Axis(rois, 1, height, size, scale, sampling);
    this.across = new Axis(rois, 0, width, size, scale, sampling);
    this.images = new int[boxes];
    for (int k = 0; k < boxes; k++) {
      images[k] = (int) rois[5 * k];
    }
  }

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
    return new RoiAlign(rois, (int) shape.get(2), (int) shape.get(3), size, scale, sampling)
        .pool(feature);
  }

  /**
   * Pools the features of the boxes.
   *
   * @param feature (N, C, H, W)
   * @return (K, C, S, S)
   */
  public NDArray pool(NDArray feature) {
    long channels = feature.getShape().get(1);
    if (boxes == 0) {
      NDArray none = feature.getManager().zeros(new Shape(0, channels, size, size));
      return none.add(Rows.zero(feature));
    }
    int patch = down.length * across.length;
    NDArray cells = Rows.take(Rows.of(feature), cells()).reshape(boxes, patch, channels);
    NDArray rows =
        feature.getManager().create(down.weights, new Shape(boxes, size, 1, down.length, 1));
    NDArray columns =
        feature.getManager().create(across.weights, new Shape(boxes, 1, size, 1, across.length));
    return rows.mul(columns)
        .reshape(boxes, (long) size * size, patch)
        .batchMatMul(cells)
        .transpose(0, 2, 1)
        .reshape(boxes, channels, size, size);
  }

  /** Rows of the feature that make up the patches, (K, patch). */
  private int[] cells() {
    int[] cells = new int[boxes * down.length * across.length];
    int at = 0;
    for (int k = 0; k < boxes; k++) {
      int base = images[k] * height * width;
      for (int y = 0; y < down.length; y++) {
        int row = base + Math.min(down.first[k] + y, height - 1) * width;
        for (int x = 0; x < across.length; x++) {
          cells[at++] = row + Math.min(across.first[k] + x, width - 1);
        }
      }
    }
    return cells;
  }

  /** One axis: which cells the patch of a box covers, and how much of each every bin takes. */
  private static final class Axis {
    /** First cell of each box's patch, (K). */
    private final int[] first;

    /** (K, S, length) */
    private final float[] weights;

    /** Cells of the longest patch. */
    private final int length;

    Axis(float[] rois, int axis, int cells, int size, double scale, int sampling) {
      int boxes = rois.length / 5;
      first = new int[boxes];
      double[][] samples = new double[boxes][];
      int longest = 1;
      for (int k = 0; k < boxes; k++) {
        samples[k] = samples(rois, k, axis, size, scale, sampling);
        int low = cells - 1;
        int high = 0;
        for (double sample : samples[k]) {
          if (inside(sample, cells)) {
            int cell = (int) clamped(sample, cells);
            low = Math.min(low, cell);
            high = Math.max(high, Math.min(cell + 1, cells - 1));
          }
        }
        first[k] = low;
        longest = Math.max(longest, high - low + 1);
      }
      length = longest;
      weights = new float[boxes * size * length];
      for (int k = 0; k < boxes; k++) {
        fill(k, samples[k], cells, size);
      }
    }

    private static double[] samples(
        float[] rois, int k, int axis, int size, double scale, int sampling) {
      double low = rois[5 * k + 1 + axis] * scale - 0.5;
      double side = (rois[5 * k + 3 + axis] - rois[5 * k + 1 + axis]) * scale;
      int perBin = sampling > 0 ? sampling : (int) Math.max(1, Math.ceil(side / size));
      double bin = (rois[5 * k + 3 + axis] * scale - 0.5 - low) / size;
      double[] samples = new double[size * perBin];
      for (int i = 0; i < samples.length; i++) {
        samples[i] = low + (i / perBin + (i % perBin + 0.5) / perBin) * bin;
      }
      return samples;
    }

    private static boolean inside(double sample, int cells) {
      return sample >= -1 && sample <= cells;
    }

    private static double clamped(double sample, int cells) {
      return Math.min(Math.max(sample, 0), cells - 1);
    }

    private void fill(int k, double[] samples, int cells, int size) {
      int perBin = samples.length / size;
      for (int i = 0; i < samples.length; i++) {
        if (!inside(samples[i], cells)) {
          continue;
        }
        double at = clamped(samples[i], cells);
        int lower = (int) at;
        int upper = Math.min(lower + 1, cells - 1);
        int row = (k * size + i / perBin) * length - first[k];
        weights[row + lower] += (float) ((1 - (at - lower)) / perBin);
        weights[row + upper] += (float) ((at - lower) / perBin);
      }
    }
  }
}
