package dev.lectern.detector.layer;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.jni.JniUtils;
import java.util.Arrays;

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
 * gradient goes to the feature. The map is one sparse matrix, bins by cells: what a bin takes of a
 * cell is the product of a weight of its row and a weight of its column.
 */
public final class RoiAlign {
  private final int boxes;
  private final int size;
  private final int cells;

  /** Bin, then cell, of each entry, (2, entries). */
  private final long[] places;

  /** (entries) */
  private final float[] weights;

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
    this.cells = height * width;
    Axis down = new Axis(rois, 1, height, size, scale, sampling);
    Axis across = new Axis(rois, 0, width, size, scale, sampling);
    int entries = entries(down, across);
    // a matrix without entries has no gradient: one that weighs nothing
    this.places = new long[2 * Math.max(entries, 1)];
    this.weights = new float[Math.max(entries, 1)];
    int at = 0;
    for (int row = 0; row < boxes * size; row++) {
      int box = row / size;
      long map = (long) cells * (int) rois[5 * box];
      for (int column = box * size; column < (box + 1) * size; column++) {
        int bin = row * size + column - box * size;
        for (int y = down.starts[row]; y < down.starts[row + 1]; y++) {
          for (int x = across.starts[column]; x < across.starts[column + 1]; x++) {
            places[at] = bin;
            places[weights.length + at] = map + down.cells[y] * width + across.cells[x];
            weights[at++] = down.weights[y] * across.weights[x];
          }
        }
      }
    }
  }

  private int entries(Axis down, Axis across) {
    int entries = 0;
    for (int box = 0; box < boxes; box++) {
      int rows = down.starts[(box + 1) * size] - down.starts[box * size];
      int columns = across.starts[(box + 1) * size] - across.starts[box * size];
      entries = Math.addExact(entries, Math.multiplyExact(rows, columns));
    }
    return entries;
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
      // the gradient of nothing is zero, not absent
      NDArray none = feature.getManager().zeros(new Shape(0, channels, size, size));
      return none.add(feature.sum().mul(feature.getManager().create(0f)));
    }
    return matrix(feature.getManager(), feature.getShape().get(0))
        .matMul(feature.transpose(0, 2, 3, 1).reshape(-1, channels))
        .reshape(boxes, (long) size * size, channels)
        .transpose(0, 2, 1)
        .reshape(boxes, channels, size, size);
  }

  /** (K * S * S, N * H * W) */
  private NDArray matrix(NDManager manager, long images) {
    // not createCoo, which gives its operands' memory back at once
    NDArray at = manager.create(places, new Shape(2, weights.length));
    NDArray values = manager.create(weights);
    return JniUtils.createSparseCoo(
        (PtNDArray) at, (PtNDArray) values, new Shape((long) boxes * size * size, images * cells));
  }

  /** One axis: which cells every bin of every box takes, and how much of each. */
  private static final class Axis {
    private final int count;
    private final int size;

    /** First entry of each bin, and the end, (K * S + 1). */
    private final int[] starts;

    /** Cell of each entry. */
    private int[] cells;

    private float[] weights;
    private int entries;

    Axis(float[] rois, int axis, int count, int size, double scale, int sampling) {
      this.count = count;
      this.size = size;
      int boxes = rois.length / 5;
      starts = new int[boxes * size + 1];
      cells = new int[4 * boxes * size];
      weights = new float[cells.length];
      for (int box = 0; box < boxes; box++) {
        float low = rois[5 * box + 1 + axis];
        float high = rois[5 * box + 3 + axis];
        double side = (high - low) * scale;
        int perBin = sampling > 0 ? sampling : (int) Math.max(1, Math.ceil(side / size));
        addBox(box, low * scale - 0.5, high * scale - 0.5, perBin);
      }
    }

    private void addBox(int box, double low, double high, int perBin) {
      double bin = (high - low) / size;
      for (int b = 0; b < size; b++) {
        for (int i = 0; i < perBin; i++) {
          addSample(starts[box * size + b], low + (b + (i + 0.5) / perBin) * bin, perBin);
        }
        starts[box * size + b + 1] = entries;
      }
    }

    private void addSample(int start, double sample, int perBin) {
      if (!(sample >= -1 && sample <= count)) {
        return;
      }
      double at = Math.min(Math.max(sample, 0), count - 1);
      int lower = (int) at;
      addWeight(start, lower, (float) ((1 - (at - lower)) / perBin));
      addWeight(start, Math.min(lower + 1, count - 1), (float) ((at - lower) / perBin));
    }

    private void addWeight(int start, int cell, float weight) {
      if (weight == 0) {
        return;
      }
      for (int i = entries - 1; i >= start; i--) {
        if (cells[i] == cell) {
          weights[i] += weight;
          return;
        }
      }
      if (entries == cells.length) {
        cells = Arrays.copyOf(cells, 2 * entries);
        weights = Arrays.copyOf(weights, 2 * entries);
      }
      cells[entries] = cell;
      weights[entries++] = weight;
    }
  }
}
