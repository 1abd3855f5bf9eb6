package dev.lectern.trainer.train;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import dev.lectern.detector.layer.GradientMode;
import java.util.List;

/**
 * Scales all gradients together so that their joint Euclidean norm stays below a limit (Pascanu et
 * al. 2013, arXiv:1211.5063, algorithm 1).
 */
final class GradientClipping {
  /** Keeps the division defined, as PyTorch's clip_grad_norm_ does. */
  private static final double EPSILON = 1e-6;

  private GradientClipping() {}

  /**
   * Measures the norm and scales in place where it exceeds the limit.
   *
   * @param limit greater than 0; infinite to measure only
   * @return the norm before
   */
  static double clip(List<NDArray> gradients, double limit) {
    return GradientMode.off(
        () -> {
          NDList squares = new NDList();
          for (NDArray gradient : gradients) {
            squares.add(gradient.square().sum().reshape(1));
          }
          double sum = 0;
          for (float square : NDArrays.concat(squares, 0).toFloatArray()) {
            sum += square;
          }
          double norm = Math.sqrt(sum);
          double factor = limit / (norm + EPSILON);
          if (factor < 1) {
            gradients.forEach(gradient -> gradient.muli(factor));
          }
          return norm;
        });
  }
}
