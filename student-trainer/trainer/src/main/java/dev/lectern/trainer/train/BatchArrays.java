package dev.lectern.trainer.train;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import dev.lectern.schemas.tensor.Values;
import dev.lectern.trainer.replay.FloatArray;
import dev.lectern.trainer.replay.NarrowArray;
import java.nio.ByteBuffer;

/** Arrays of a batch's numbers, on the device of the scope that takes them. */
final class BatchArrays {
  private BatchArrays() {}

  /** An array that uses the numbers where they are; a GPU gets a copy. */
  static NDArray of(FloatArray values, NDManager scope) {
    return scope.create(values.bytes(), new Shape(values.shape()), DataType.FLOAT32);
  }

  /**
   * Widens numbers on the scope's device: the same ones, bit for bit, that the decoding threads
   * would have made, since each operation rounds for itself.
   *
   * @return float32
   */
  static NDArray of(NarrowArray values, NDManager scope) {
    boolean steps = values.values() == Values.INT8;
    NDArray wide =
        widened(values.bytes(), values.shape(), steps ? DataType.UINT8 : DataType.FLOAT16, scope);
    if (steps) {
      try (NDArray affine = of(values.affine(), scope);
          NDArray minimum = affine.get(0);
          NDArray scale = affine.get(1)) {
        wide.muli(scale).addi(minimum);
      }
    }
    return wide;
  }

  private static NDArray widened(ByteBuffer bytes, long[] shape, DataType type, NDManager scope) {
    try (NDArray stored = scope.create(bytes, new Shape(shape), type)) {
      return stored.toType(DataType.FLOAT32, true);
    }
  }
}
