package dev.lectern.detector.layer;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.ndarray.types.SparseFormat;

/**
 * A deformable 3x3 convolution of arrays, composed of operations that have gradients: the values at
 * the taps are gathered from the four cells around each, and one product of matrices weighs them.
 *
 * <pre>
 *   y(p) = Σ_k w_k · x(p + points_k)      x(q) = Σ over the four cells c around q of
 *                                                (1 - |q_y - c_y|) (1 - |q_x - c_x|) x(c)
 * </pre>
 *
 * <p>Dai et al. 2017 (arXiv:1703.06211), equations 2 to 4. DJL does not reach torchvision's kernel.
 */
final class DeformableConvolution {
  private static final int TAPS = 9;

  private DeformableConvolution() {}

  /**
   * With gradient to all three.
   *
   * @param x (N, in, H, W)
   * @param points (N, 18, H, W), offsets (y, x) from the cell, in cells
   * @param weight (out, in, 3, 3)
   * @return (N, out, H, W)
   */
  static NDArray apply(NDArray x, NDArray points, NDArray weight) {
    Shape shape = x.getShape();
    long images = shape.get(0);
    long in = shape.get(1);
    long height = shape.get(2);
    long width = shape.get(3);
    long out = weight.getShape().get(0);
    NDManager manager = x.getManager();

    NDArray rows = x.transpose(0, 2, 3, 1).reshape(-1, in);
    NDArray offsets =
        points.reshape(images, TAPS, 2, height * width).transpose(2, 0, 3, 1); // (2, N, HW, 9)
    NDArray y = offsets.get(0).add(cells(manager, height, width, true));
    NDArray ofX = offsets.get(1).add(cells(manager, height, width, false));
    NDArray firstRow = manager.arange(images).mul(height * width).reshape(images, 1, 1);
    NDArray sampled = sample(rows, firstRow, y, ofX, height, width);

    NDArray kernel = weight.reshape(out, in, TAPS).transpose(2, 1, 0).reshape(TAPS * in, out);
    kernel.attach(manager);
    return sampled
        .reshape(-1, TAPS * in)
        .matMul(kernel)
        .reshape(images, height, width, out)
        .transpose(0, 3, 1, 2);
  }

  /** The row or the column of each cell, (1, HW, 1). */
  private static NDArray cells(NDManager manager, long height, long width, boolean row) {
    NDArray index = manager.arange((float) (height * width));
    NDArray ofRow = index.div(width).floor();
    return (row ? ofRow : index.sub(ofRow.mul(width))).reshape(1, height * width, 1);
  }

  /**
   * Bilinear interpolation; cells outside count as zeros.
   *
   * @param rows (N * H * W, C), the cells of all images
   * @param firstRow (N, 1, 1), where each image starts in them
   * @param y (N, HW, 9)
   * @param x (N, HW, 9)
   * @return (N * HW * 9, C)
   */
  private static NDArray sample(
      NDArray rows, NDArray firstRow, NDArray y, NDArray x, long height, long width) {
    NDArray top = y.stopGradient().floor();
    NDArray left = x.stopGradient().floor();
    NDArray down = y.sub(top);
    NDArray right = x.sub(left);
    NDList addends = new NDList();
    for (int dy = 0; dy < 2; dy++) {
      for (int dx = 0; dx < 2; dx++) {
        NDArray row = top.add(dy);
        NDArray column = left.add(dx);
        NDArray inside =
            row.gte(0)
                .logicalAnd(row.lt(height))
                .logicalAnd(column.gte(0))
                .logicalAnd(column.lt(width))
                .toType(y.getDataType(), false);
        NDArray share =
            (dy == 0 ? down.neg().add(1f) : down).mul(dx == 0 ? right.neg().add(1f) : right);
        NDArray cell =
            row.clip(0, height - 1)
                .mul(width)
                .add(column.clip(0, width - 1))
                .toType(DataType.INT64, false);
        NDArray index = cell.add(firstRow.toType(DataType.INT64, false)).reshape(-1);
        NDArray values =
            rows.getNDArrayInternal().embedding(index, rows, SparseFormat.DENSE).singletonOrThrow();
        addends.add(values.mul(share.mul(inside).reshape(-1, 1)));
      }
    }
    return NDArrays.add(addends.toArray(new NDArray[0]));
  }
}
