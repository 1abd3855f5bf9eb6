package dev.lectern.detector.family.gflv2;

import dev.lectern.detector.layer.Convolution;
import dev.lectern.detector.layer.EdgeStatistics;
import dev.lectern.detector.layer.Operations;
import dev.lectern.detector.layer.ParameterBuilder;

/**
 * The quality of a box from the shape of its distributions: how sharp they are tells how well the
 * box fits.
 *
 * <pre>
 *   statistics of an edge = its topk probabilities in falling order [, their mean]
 *   quality = sigmoid( conv1x1( ReLU( conv1x1(statistics of l, t, r, b) ) ) )
 * </pre>
 *
 * <p>Li et al. 2021 (arXiv:2011.12885), section 3.2. The gradient flows into the distributions.
 *
 * @param bins B, per box side
 * @param topk probabilities of each edge
 * @param statistics further inputs of the quality
 * @param hidden from the statistics of the four edges
 * @param last to one channel
 */
public record DistributionGuidedQuality(
    int bins, int topk, EdgeStatistics statistics, Convolution hidden, Convolution last) {
  private static final double DEVIATION = 0.01;
  private static final int SIDES = 4;

  /**
   * Creates the layers; names are those of the public code.
   *
   * @param parameters names start here
   */
  static DistributionGuidedQuality create(ParameterBuilder parameters, Gflv2HeadSettings settings) {
    int perEdge = settings.qualityTopk() + (settings.qualityMean() ? 1 : 0);
    int channels = settings.qualityChannels();
    return new DistributionGuidedQuality(
        settings.bins(),
        settings.qualityTopk(),
        settings.qualityMean() ? EdgeStatistics.TOP_AND_MEAN : EdgeStatistics.TOP,
        convolution(parameters.at("reg_conf").at(0), SIDES * perEdge, channels),
        convolution(parameters.at("reg_conf").at(2), channels, 1));
  }

  private static Convolution convolution(ParameterBuilder parameters, int in, int out) {
    return new Convolution(
        parameters.normal("weight", DEVIATION, out, in, 1, 1),
        parameters.constant("bias", 0, out),
        1);
  }

  /**
   * The quality of every cell.
   *
   * @param dist (N, 4 * B, H, W) box distribution logits
   * @return (N, 1, H, W) in [0, 1]
   */
  public <T> T apply(Operations<T> operations, T dist) {
    T shape = operations.edgeStatistics(dist, bins, topk, statistics);
    T features = operations.relu(hidden.apply(operations, shape));
    return operations.sigmoid(last.apply(operations, features));
  }
}
