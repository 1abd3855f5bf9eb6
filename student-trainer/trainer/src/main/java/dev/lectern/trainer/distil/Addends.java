package dev.lectern.trainer.distil;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import java.util.List;
import java.util.Optional;
import java.util.function.IntFunction;

/**
 * What a loss adds up: one addend per row or level, or one of all.
 *
 * @param values (M)
 * @param factor of their sum
 */
public record Addends(NDArray values, double factor) {
  /** A scalar that is the whole loss. */
  static Optional<Addends> of(NDArray scalar) {
    return Optional.of(new Addends(scalar.reshape(1), 1));
  }

  /** One scalar for each of some levels. */
  static Optional<Addends> perLevel(List<Integer> levels, IntFunction<NDArray> loss) {
    NDList scalars = new NDList();
    levels.forEach(level -> scalars.add(loss.apply(level)));
    return Optional.of(new Addends(NDArrays.stack(scalars), 1));
  }
}
