package dev.lectern.trainer.loss;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import dev.lectern.detector.pixel.LabelMap;

/**
 * Cross entropy of the class of each pixel.
 *
 * <pre>
 *   L = -1/M · Σ ln softmax_C(logits_i)[label_i]      over the M pixels that are not ignored
 * </pre>
 */
public final class PixelCrossEntropyLoss {
  private PixelCrossEntropyLoss() {}

  /**
   * The mean over pixels; 0 where all are ignored.
   *
   * @param logits (N, K, H, W)
   * @param labels N * H * W class indices, row-major over n, h, w, or {@link LabelMap#IGNORED}
   * @return scalar
   */
  public static NDArray loss(NDArray logits, byte[] labels) {
    Shape shape = logits.getShape();
    if (labels.length != shape.get(0) * shape.get(2) * shape.get(3)) {
      throw new IllegalArgumentException(
          labels.length + " labels for the pixels of logits of " + shape);
    }
    long[] index = new long[labels.length];
    float[] counted = new float[labels.length];
    int count = 0;
    for (int i = 0; i < labels.length; i++) {
      int label = Byte.toUnsignedInt(labels[i]);
      if (label != LabelMap.IGNORED) {
        index[i] = label;
        counted[i] = 1;
        count++;
      }
    }
    if (count == 0) {
      return Rows.zero(logits);
    }
    Shape pixels = new Shape(shape.get(0), 1, shape.get(2), shape.get(3));
    NDArray chosen = logits.getManager().create(index, pixels);
    NDArray weights = logits.getManager().create(counted, pixels);
    return logits
        .logSoftmax(1)
        .gather(chosen.toType(DataType.INT64, false), 1)
        .mul(weights)
        .sum()
        .mul(Constants.of(logits, (float) (-1.0 / count)));
  }
}
