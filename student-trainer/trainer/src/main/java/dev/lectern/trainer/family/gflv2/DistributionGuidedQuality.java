package dev.lectern.trainer.family.gflv2;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Activation;
import ai.djl.nn.convolutional.Conv2d;

/**
 * Distribution-guided quality predictor of GFLv2: how sharp the edge distributions are tells how
 * well the box fits.
 *
 * <pre>
 *   statistics of an edge = its topk probabilities in falling order [, their mean]
 *   quality = sigmoid( conv1x1( ReLU( conv1x1(statistics of l, t, r, b) ) ) )
 *   score   = sigmoid(cls) · quality
 * </pre>
 *
 * <p>Li et al. 2021 (arXiv:2011.12885), section 3.2. The gradient flows into the distributions.
 */
public final class DistributionGuidedQuality {
  /** What is told about each edge besides its largest probabilities. */
  public enum Statistics {
    /** Nothing. */
    TOP,
    /** Their mean. */
    TOP_AND_MEAN
  }

  private DistributionGuidedQuality() {}

  /**
   * Statistics of every edge.
   *
   * @param dist (N, 4 * B, H, W) box distribution logits
   * @param bins B
   * @param topk published 4
   * @return (N, 4 * (topk + 1), H, W), or without the mean 4 * topk
   */
  public static NDArray statistics(NDArray dist, int bins, int topk, Statistics which) {
    Shape shape = dist.getShape();
    NDArray probabilities =
        dist.reshape(shape.get(0), 4, bins, shape.get(2) * shape.get(3)).softmax(2);
    NDArray top = probabilities.transpose(0, 1, 3, 2).topK(topk, 3, true, true).get(0);
    NDArray told =
        which == Statistics.TOP
            ? top
            : NDArrays.concat(new NDList(top, top.mean(new int[] {3}, true)), 3);
    return told.transpose(0, 1, 3, 2).reshape(shape.get(0), -1, shape.get(2), shape.get(3));
  }

  /**
   * Quality of every position.
   *
   * @param statistics (N, S, H, W)
   * @param hiddenWeight (M, S, 1, 1)
   * @param hiddenBias (M)
   * @param weight (1, M, 1, 1)
   * @param bias (1)
   * @return (N, 1, H, W) in [0, 1]
   */
  public static NDArray quality(
      NDArray statistics, NDArray hiddenWeight, NDArray hiddenBias, NDArray weight, NDArray bias) {
    NDArray hidden =
        Activation.relu(Conv2d.conv2d(statistics, hiddenWeight, hiddenBias).singletonOrThrow());
    return Activation.sigmoid(Conv2d.conv2d(hidden, weight, bias).singletonOrThrow());
  }
}
