package dev.lectern.trainer.distil.network;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Activation;
import ai.djl.nn.convolutional.Conv2d;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;

/**
 * Fusion of all levels from coarse to fine by gates over positions and channels, for knowledge
 * review and feature decoupling (KRD): a reconstruction of ours, since only the paper's abstract is
 * at hand.
 *
 * <pre>
 *   x_l = BN(conv1x1(S_l))    coarsest: r = x;  else y = nearest(r of the coarser level)
 *   (z0, z1) = sigmoid(conv1x1([x, y]))    c = sigmoid(W2 ReLU(W1 GAP(x + y)))
 *   r_l = c·x·z0 + (1 - c)·y·z1            P_l = BN(conv3x3(r_l))
 * </pre>
 *
 * <p>The gate over positions follows {@link AttentionFusion}; the gate over channels is ours.
 */
public final class GatedFusion {
  private GatedFusion() {}

  /**
   * The learnable map of a level; E channels inside.
   *
   * @param reduce (E, C, 1, 1)
   * @param reduceNorm of E channels
   * @param gates absent on the coarsest level
   * @param expand (D, E, 3, 3)
   * @param expandNorm of D channels
   */
  public record Weights(
      NDArray reduce,
      UnaryOperator<NDArray> reduceNorm,
      Optional<Gates> gates,
      NDArray expand,
      UnaryOperator<NDArray> expandNorm) {}

  /**
   * Gates over positions and over channels.
   *
   * @param position (2, 2·E, 1, 1) and (2)
   * @param squeeze (E/2, E) and (E/2)
   * @param excite (E, E/2) and (E)
   */
  public record Gates(Affine position, Affine squeeze, Affine excite) {}

  /**
   * Fuses the student's levels from coarse to fine.
   *
   * @param levels (N, C_l, H, W), fine to coarse
   * @param weights of each level
   * @return (N, D, H, W) per level, fine to coarse
   */
  public static List<NDArray> fuse(List<NDArray> levels, List<Weights> weights) {
    List<NDArray> fused = new ArrayList<>();
    NDArray residual = null;
    for (int l = levels.size() - 1; l >= 0; l--) {
      Weights own = weights.get(l);
      NDArray x =
          own.reduceNorm().apply(Conv2d.conv2d(levels.get(l), own.reduce()).singletonOrThrow());
      residual = residual == null ? x : joined(x, residual, own);
      NDArray out =
          Conv2d.conv2d(residual, own.expand(), null, new Shape(1, 1), new Shape(1, 1))
              .singletonOrThrow();
      fused.add(own.expandNorm().apply(out));
    }
    Collections.reverse(fused);
    return fused;
  }

  private static NDArray joined(NDArray x, NDArray coarser, Weights weights) {
    Gates gates =
        weights
            .gates()
            .orElseThrow(() -> new IllegalArgumentException("a finer level needs gates"));
    Shape shape = x.getShape();
    NDArray y = NearestResize.resize(coarser, (int) shape.get(2), (int) shape.get(3));
    NDArray both = NDArrays.concat(new NDList(x, y), 1);
    NDList z = Activation.sigmoid(gates.position().convolve(both)).split(2, 1);
    NDArray means = x.add(y).reshape(shape.get(0), shape.get(1), -1).mean(new int[] {2});
    NDArray squeezed = Activation.relu(gates.squeeze().linear(means));
    NDArray c =
        Activation.sigmoid(gates.excite().linear(squeezed))
            .reshape(shape.get(0), shape.get(1), 1, 1);
    return x.mul(z.get(0)).mul(c).add(y.mul(z.get(1)).mul(c.neg().add(1f)));
  }
}
