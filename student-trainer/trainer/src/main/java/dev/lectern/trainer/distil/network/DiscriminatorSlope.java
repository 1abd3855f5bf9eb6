package dev.lectern.trainer.distil.network;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import dev.lectern.trainer.distil.network.SpectralDiscriminator.Attention;
import dev.lectern.trainer.distil.network.SpectralDiscriminator.Block;
import dev.lectern.trainer.loss.BatchNormalization;
import dev.lectern.trainer.loss.Constants;
import dev.lectern.trainer.loss.GradientPenalty;

/**
 * The slope of a discriminator at constant maps, ∂ Σ D(x) / ∂x, written out backwards in operations
 * that have a gradient themselves, so that a {@link GradientPenalty} can be learned from.
 *
 * <p>The engine's own way, a backward pass that records a graph, keeps that graph and all arrays in
 * it for the life of the process: the gradients that it leaves at parameters refer to it.
 */
public final class DiscriminatorSlope {
  private static final float EPSILON = 1e-5f;
  private static final int[] WITHIN_CHANNEL = {0, 2, 3};

  private DiscriminatorSlope() {}

  /**
   * The slope of {@link SpectralDiscriminator#score}.
   *
   * @param x (N, C, 64, 64), constant
   * @return (N, C, 64, 64), with gradient to the discriminator's parameters
   */
  public static NDArray of(SpectralDiscriminator discriminator, NDArray x) {
    NDArray[] kernels = new NDArray[4];
    NDArray[] before = new NDArray[4];
    NDArray[] after = new NDArray[4];
    NDArray y = x;
    for (int b = 0; b < 4; b++) {
      Block block = discriminator.blocks().get(b);
      kernels[b] = block.kernel();
      before[b] = block.convolved(b == 3 ? discriminator.third().apply(y) : y, kernels[b]);
      after[b] = SpectralDiscriminator.leaky(before[b]);
      y = after[b];
    }
    Shape top = after[3].getShape();
    NDArray last = discriminator.last().weight();
    if (top.get(2) != last.getShape().get(2) || top.get(3) != last.getShape().get(3)) {
      throw new IllegalArgumentException("maps are " + x.getShape() + ", expected 64 x 64 cells");
    }
    NDArray slope = x.getManager().ones(new Shape(top.get(0), 1, 1, 1)).mul(last);
    slope = through(discriminator.fourth(), after[3], slope);
    slope = through(before[3], kernels[3], slope);
    slope = through(discriminator.third(), after[2], slope);
    for (int b = 2; b >= 0; b--) {
      slope = through(before[b], kernels[b], slope);
    }
    return slope;
  }

  /** Back through a leaky convolution that halved the map. */
  private static NDArray through(NDArray before, NDArray kernel, NDArray slope) {
    NDArray constant = before.stopGradient();
    NDArray positive = constant.gt(Constants.of(before, 0)).toType(DataType.FLOAT32, false);
    NDArray factor =
        positive
            .mul(Constants.of(before, 1 - SpectralDiscriminator.SLOPE))
            .add(Constants.of(before, SpectralDiscriminator.SLOPE));
    NDArray none = before.getManager().zeros(new Shape(kernel.getShape().get(1)));
    return TransposedConvolution.doubled(slope.mul(factor), kernel, none);
  }

  /** Back through self attention. */
  private static NDArray through(Attention attention, NDArray x, NDArray slope) {
    NDArray queries = Attention.flat(x, attention.query());
    NDArray keys = Attention.flat(x, attention.key());
    NDArray values = Attention.flat(x, attention.value());
    NDArray weights = queries.transpose(0, 2, 1).batchMatMul(keys).softmax(2);
    NDArray ofAttended =
        slope.reshape(slope.getShape().get(0), slope.getShape().get(1), -1).mul(attention.gamma());
    NDArray ofValues = ofAttended.batchMatMul(weights);
    NDArray ofWeights = ofAttended.transpose(0, 2, 1).batchMatMul(values);
    NDArray ofPairs = weights.mul(ofWeights.sub(ofWeights.mul(weights).sum(new int[] {2}, true)));
    NDArray ofQueries = keys.batchMatMul(ofPairs.transpose(0, 2, 1));
    NDArray ofKeys = queries.batchMatMul(ofPairs);
    return back(attention.query(), ofQueries)
        .add(back(attention.key(), ofKeys))
        .add(back(attention.value(), ofValues))
        .reshape(slope.getShape())
        .add(slope);
  }

  /** Back through a 1x1 convolution of flat maps. */
  private static NDArray back(Affine map, NDArray slope) {
    NDArray weight = map.weight();
    NDArray matrix = weight.reshape(weight.getShape().get(0), -1).transpose();
    return matrix.matMul(slope);
  }

  /**
   * Back through {@link BatchNormalization} by the batch's statistics.
   *
   * @param x (N, C, H, W), what was normalised, constant
   * @param gamma (C)
   * @param slope (N, C, H, W), after it
   */
  public static NDArray throughNormalization(NDArray x, NDArray gamma, NDArray slope) {
    Shape shape = x.getShape();
    NDArray share = Constants.of(x, 1.0 / (shape.get(0) * shape.get(2) * (double) shape.get(3)));
    NDArray centred = x.sub(x.sum(WITHIN_CHANNEL, true).mul(share));
    NDArray variance = centred.square().sum(WITHIN_CHANNEL, true).mul(share);
    NDArray deviation = variance.add(EPSILON).sqrt();
    NDArray normal = centred.div(deviation);
    NDArray scaled = slope.mul(gamma.reshape(1, -1, 1, 1));
    NDArray mean = scaled.sum(WITHIN_CHANNEL, true).mul(share);
    NDArray along = scaled.mul(normal).sum(WITHIN_CHANNEL, true).mul(share);
    return scaled.sub(mean).sub(normal.mul(along)).div(deviation);
  }

  /**
   * Back through the hyperbolic tangent.
   *
   * @param squashed what it gave
   */
  public static NDArray throughTanh(NDArray squashed, NDArray slope) {
    return slope.mul(squashed.square().neg().add(1f));
  }
}
