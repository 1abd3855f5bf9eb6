package dev.lectern.trainer.loss;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Activation;
import ai.djl.nn.convolutional.Conv2d;
import ai.djl.nn.core.Linear;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;

/**
 * Knowledge review and feature decoupling (KRD): a reconstruction of ours, since only the paper's
 * abstract is at hand. Results made with it say so.
 *
 * <pre>
 *   x_l = BN(conv1x1(S_l))    coarsest: r = x;  else y = nearest(r of the coarser level)
 *   (z0, z1) = sigmoid(conv1x1([x, y]))    c = sigmoid(W2 ReLU(W1 GAP(x + y)))
 *   r_l = c·x·z0 + (1 - c)·y·z1            P_l = BN(conv3x3(r_l))
 *   A = spatial · channel attention of the teacher;  M = covered cells, or the others
 *   a = P·sqrt(A M)  b = T·sqrt(A M)
 *   e(p, q) = mean_n[ mean_chw (p - q)² · H·W / max(1, Σ M_n) ]
 *   D = ( e(a, b) + Σ_k w_k e(pool_l a, pool_l b) ) / (1 + Σ w_k),  l in 4, 2, 1 below min(H, W)
 * </pre>
 *
 * <p>The gate over positions follows {@link AttentionFusion}, the pyramid {@link
 * HierarchicalContextLoss}, the attention {@link FocalGlobalLoss}; the gate over channels is ours.
 * Published figures of the paper are for the original, not for this form.
 */
public final class KnowledgeReviewLoss {
  private static final int[] SIZES = {4, 2, 1};

  private KnowledgeReviewLoss() {}

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
      AttentionFusion.Norm reduceNorm,
      Optional<Gates> gates,
      NDArray expand,
      AttentionFusion.Norm expandNorm) {}

  /**
   * Gates over positions and over channels.
   *
   * @param position (2, 2·E, 1, 1) and (2)
   * @param squeeze (E/2, E) and (E/2)
   * @param excite (E, E/2) and (E)
   */
  public record Gates(
      AttentionFusion.Gate position,
      AttentionGuidedLoss.Affine squeeze,
      AttentionGuidedLoss.Affine excite) {}

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
    NDList z =
        Activation.sigmoid(
                Conv2d.conv2d(both, gates.position().weight(), gates.position().bias())
                    .singletonOrThrow())
            .split(2, 1);
    NDArray means = x.add(y).reshape(shape.get(0), shape.get(1), -1).mean(new int[] {2});
    NDArray squeezed =
        Activation.relu(
            Linear.linear(means, gates.squeeze().weight(), gates.squeeze().bias())
                .singletonOrThrow());
    NDArray c =
        Activation.sigmoid(
                Linear.linear(squeezed, gates.excite().weight(), gates.excite().bias())
                    .singletonOrThrow())
            .reshape(shape.get(0), shape.get(1), 1, 1);
    return x.mul(z.get(0)).mul(c).add(y.mul(z.get(1)).mul(c.neg().add(1f)));
  }

  /**
   * The decoupled pyramid similarity of one level under one mask.
   *
   * @param fused (N, D, H, W), from {@link #fuse}
   * @param teacher (N, D, H, W), constant
   * @param mask (N, 1, H, W) of 0 and 1
   * @param temperature of the attention
   * @return scalar ≥ 0
   */
  public static NDArray similarity(
      NDArray fused, NDArray teacher, NDArray mask, double temperature) {
    Rows.requireSameShape(fused, teacher);
    NDArray constant = teacher.stopGradient();
    Shape shape = fused.getShape();
    NDArray attention =
        ActivationAttention.spatial(ActivationAttention.spatialMean(constant), temperature)
            .mul(
                ActivationAttention.channel(
                    ActivationAttention.channelMean(constant), temperature));
    NDArray root = attention.mul(mask).sqrt();
    NDArray difference = fused.sub(constant).mul(root); // pooling is linear: pool(a) - pool(b)
    NDArray cells = mask.sum(new int[] {1, 2, 3}).maximum(Constants.of(fused, 1f));
    NDArray factor = cells.getNDArrayInternal().rdiv((float) (shape.get(2) * shape.get(3)));
    NDArray sum = meanSquare(difference, factor);
    float weight = 1;
    float total = 1;
    for (int size : SIZES) {
      if (size < Math.min(shape.get(2), shape.get(3))) {
        weight /= 2;
        total += weight;
        NDArray pooled = AdaptiveAveragePool.pool(difference, size, size);
        sum = sum.add(meanSquare(pooled, factor).mul(Constants.of(fused, weight)));
      }
    }
    return sum.div(Constants.of(fused, total));
  }

  private static NDArray meanSquare(NDArray difference, NDArray factor) {
    return difference
        .reshape(difference.getShape().get(0), -1)
        .square()
        .mean(new int[] {1})
        .mul(factor)
        .mean();
  }
}
