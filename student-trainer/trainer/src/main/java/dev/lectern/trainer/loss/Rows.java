package dev.lectern.trainer.loss;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.ndarray.types.SparseFormat;
import java.util.List;

/** Level maps as matrices with one row per position, and selection of rows; with gradient. */
public final class Rows {
  private Rows() {}

  /**
   * One row per position: level-major, then image, then row-major over h, w.
   *
   * @param maps per level (N, C, H, W)
   * @return (N * R, C)
   */
  public static NDArray of(List<NDArray> maps) {
    NDList perLevel = new NDList();
    for (NDArray map : maps) {
      perLevel.add(of(map));
    }
    return perLevel.size() == 1 ? perLevel.get(0) : NDArrays.concat(perLevel, 0);
  }

  /**
   * One row per prior: level-major, then image, then row-major over h, w, then anchor of the cell.
   *
   * @param maps per level (N, A * C, H, W), anchor-major
   * @param anchors A
   * @return (N * R, C)
   */
  public static NDArray of(List<NDArray> maps, int anchors) {
    NDArray rows = of(maps);
    return anchors == 1 ? rows : rows.reshape(-1, rows.getShape().get(1) / anchors);
  }

  /**
   * The positions of one level.
   *
   * @param map (N, C, H, W)
   * @return (N * H * W, C)
   */
  public static NDArray of(NDArray map) {
    Shape shape = map.getShape();
    if (shape.dimension() != 4) {
      throw new IllegalArgumentException("level map is " + shape + ", expected (N, C, H, W)");
    }
    return map.transpose(0, 2, 3, 1).reshape(-1, shape.get(1));
  }

  /**
   * The rows with the given indices.
   *
   * @param matrix (R, C)
   * @param rows M ≥ 1 indices
   * @return (M, C); the matrix itself where these are all rows in order
   */
  public static NDArray take(NDArray matrix, int[] rows) {
    if (areAll(rows, matrix.getShape().get(0))) {
      return matrix;
    }
    NDArray indices = matrix.getManager().create(rows).toType(DataType.INT64, false);
    // as matrix.get(indices), whose backward adds element by element
    return matrix.getShape().dimension() == 2
        ? matrix
            .getNDArrayInternal()
            .embedding(indices, matrix, SparseFormat.DENSE)
            .singletonOrThrow()
        : matrix.get(indices);
  }

  private static boolean areAll(int[] rows, long count) {
    for (int m = 0; m < rows.length; m++) {
      if (rows[m] != m) {
        return false;
      }
    }
    return rows.length == count;
  }

  /**
   * One element of each row.
   *
   * @param matrix (M, C)
   * @param columns M column indices
   * @return (M)
   */
  public static NDArray pick(NDArray matrix, int[] columns) {
    NDArray indices =
        matrix
            .getManager()
            .create(columns, new Shape(columns.length, 1))
            .toType(DataType.INT64, false);
    return matrix.gather(indices, 1).squeeze(1);
  }

  /** A 0 that depends on the tensor, so that backward reaches it with zero gradient. */
  public static NDArray zero(NDArray tensor) {
    return tensor.size() == 0 ? tensor.sum() : tensor.sum().mul(Constants.of(tensor, 0f));
  }

  /** Refuses two tensors that do not have the same shape. */
  static void requireSameShape(NDArray student, NDArray teacher) {
    if (!student.getShape().equals(teacher.getShape())) {
      throw new IllegalArgumentException(
          "student is "
              + student.getShape()
              + ", teacher "
              + teacher.getShape()
              + ", expected equal shapes");
    }
  }
}
