package dev.lectern.trainer.loss;

import ai.djl.ndarray.NDArray;

/**
 * Numbers as arrays that live as long as the tensors they are combined with.
 *
 * <p>DJL makes an array of a plain number operand, as in {@code x.mul(2f)}, and closes it at once.
 * What backward needs of it then lies in memory that the garbage collector may free and others may
 * overwrite, and the gradient is wrong, rarely and without a word. Whatever multiplies, divides,
 * raises or bounds a tensor that has a gradient takes its number from here; sums and differences
 * keep nothing and may use plain numbers.
 */
public final class Constants {
  private Constants() {}

  /**
   * A scalar that belongs to the manager of {@code neighbour}.
   *
   * @param neighbour any tensor of the same step
   */
  public static NDArray of(NDArray neighbour, double value) {
    return neighbour.getManager().create((float) value);
  }

  /** A tensor times a number. */
  public static NDArray times(NDArray tensor, double factor) {
    return tensor.mul(of(tensor, factor));
  }
}
