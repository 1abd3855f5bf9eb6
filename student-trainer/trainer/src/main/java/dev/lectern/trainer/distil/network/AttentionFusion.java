package dev.lectern.trainer.distil.network;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Activation;
import ai.djl.nn.convolutional.Conv2d;
import java.util.Optional;
import java.util.function.UnaryOperator;

/**
 * Attention-based fusion of a level with what came down from the coarser one.
 *
 * <pre>
 *   x = BN(conv1x1(level))     y = nearest-resize of the coarser level's residual
 *   (z0, z1) = sigmoid(conv1x1([x, y]))     residual = x·z0 + y·z1,  on the coarsest level x
 *   out = BN(conv3x3(residual))
 * </pre>
 *
 * <p>Chen et al. 2021 (arXiv:2104.09044), section 3.3 and figure 3a.
 */
public final class AttentionFusion {
  private AttentionFusion() {}

  /**
   * The learnable map of a level; E channels inside, D channels of the teacher.
   *
   * @param reduce (E, C, 1, 1)
   * @param reduceNorm normalisation of E channels
   * @param gate (2, 2·E, 1, 1) and (2); absent on the coarsest level
   * @param expand (D, E, 3, 3)
   * @param expandNorm normalisation of D channels
   */
  public record Weights(
      NDArray reduce,
      UnaryOperator<NDArray> reduceNorm,
      Optional<Affine> gate,
      NDArray expand,
      UnaryOperator<NDArray> expandNorm) {}

  /**
   * A fused level.
   *
   * @param out (N, D, H, W), compared with the teacher
   * @param residual (N, E, H, W), handed to the finer level
   */
  public record Fused(NDArray out, NDArray residual) {}

  /**
   * The coarsest level.
   *
   * @param level (N, C, H, W)
   */
  public static Fused coarsest(NDArray level, Weights weights) {
    return expanded(reduced(level, weights), weights);
  }

  /**
   * A finer level.
   *
   * @param level (N, C, H, W)
   * @param residual of the next coarser level
   */
  public static Fused finer(NDArray level, NDArray residual, Weights weights) {
    Affine gate =
        weights
            .gate()
            .orElseThrow(() -> new IllegalArgumentException("a finer level needs a gate"));
    NDArray x = reduced(level, weights);
    Shape shape = x.getShape();
    NDArray y = NearestResize.resize(residual, (int) shape.get(2), (int) shape.get(3));
    NDArray both = NDArrays.concat(new NDList(x, y), 1);
    NDList z = Activation.sigmoid(gate.convolve(both)).split(2, 1);
    return expanded(x.mul(z.get(0)).add(y.mul(z.get(1))), weights);
  }

  private static NDArray reduced(NDArray level, Weights weights) {
    return weights.reduceNorm().apply(Conv2d.conv2d(level, weights.reduce()).singletonOrThrow());
  }

  private static Fused expanded(NDArray residual, Weights weights) {
    NDArray out =
        Conv2d.conv2d(residual, weights.expand(), null, new Shape(1, 1), new Shape(1, 1))
            .singletonOrThrow();
    return new Fused(weights.expandNorm().apply(out), residual);
  }
}
