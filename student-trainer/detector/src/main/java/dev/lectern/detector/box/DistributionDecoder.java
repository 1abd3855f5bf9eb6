package dev.lectern.detector.box;

import ai.djl.ndarray.NDArray;
import dev.lectern.detector.network.Outputs;
import dev.lectern.detector.prior.LevelGrid;
import dev.lectern.detector.prior.PriorGrid;
import dev.lectern.schemas.descriptor.TensorRole;
import dev.lectern.schemas.record.BoxCoding;
import dev.lectern.schemas.record.BoxUnit;

/**
 * Boxes from a distribution per side: the expected distances from the prior's centre; bin j stands
 * for j strides (arXiv:2006.04388, section 3.2).
 *
 * @param bins B, per box side
 */
public record DistributionDecoder(int bins) implements BoxDecoder {
  /** Refuses fewer bins than a distribution needs. */
  public DistributionDecoder {
    if (bins < 2) {
      throw new IllegalArgumentException(bins + " bins: expected at least 2");
    }
  }

  /**
   * The decoder of a descriptor's distributions.
   *
   * @throws IllegalArgumentException if its bins do not stand for 0, 1, 2, ... strides
   */
  static DistributionDecoder of(BoxCoding coding) {
    if (!coding.getBinValues().isEmpty() || coding.getUnit() != BoxUnit.STRIDES) {
      throw new IllegalArgumentException(
          "boxes: found bin values "
              + coding.getBinValues()
              + " in "
              + coding.getUnit()
              + ", which cannot be decoded; expected bins of 0, 1, 2, ... strides");
    }
    return new DistributionDecoder(coding.getBins());
  }

  @Override
  public TensorRole role() {
    return TensorRole.BOX_DISTRIBUTION;
  }

  @Override
  public int channels() {
    return 4 * bins;
  }

  /**
   * The probabilities of the distances of a side.
   *
   * @param side 0 to 3: left, top, right, bottom
   * @return one per bin
   */
  public double[] probabilities(
      Outputs<float[]> image, PriorGrid priors, int level, int prior, int side) {
    int cells = priors.levels().get(level).cells();
    int first = first(priors, cells, prior) + side * bins * cells;
    float[] dist = image.get(TensorRole.BOX_DISTRIBUTION, level);
    double[] values = new double[bins];
    double largest = Double.NEGATIVE_INFINITY;
    for (int bin = 0; bin < bins; bin++) {
      values[bin] = dist[first + bin * cells];
      largest = Math.max(largest, values[bin]);
    }
    double sum = 0;
    for (int bin = 0; bin < bins; bin++) {
      values[bin] = Math.exp(values[bin] - largest);
      sum += values[bin];
    }
    for (int bin = 0; bin < bins; bin++) {
      values[bin] /= sum;
    }
    return values;
  }

  /** Index of the first logit of a prior. */
  private int first(PriorGrid priors, int cells, int prior) {
    int anchors = priors.anchorsPerCell();
    return prior % anchors * channels() * cells + prior / anchors;
  }

  @Override
  public double[] box(Outputs<float[]> image, PriorGrid priors, int level, int prior) {
    LevelGrid grid = priors.levels().get(level);
    int cells = grid.cells();
    int cell = prior / priors.anchorsPerCell();
    int first = first(priors, cells, prior);
    float[] dist = image.get(TensorRole.BOX_DISTRIBUTION, level);
    double[] distances = new double[4];
    for (int side = 0; side < 4; side++) {
      distances[side] =
          DistanceCoder.expectation(dist, first + side * bins * cells, cells, bins) * grid.stride();
    }
    double cx = (cell % grid.width() + priors.gridOffset()) * grid.stride();
    double cy = (cell / grid.width() + priors.gridOffset()) * grid.stride();
    return new double[] {
      cx - distances[0], cy - distances[1], cx + distances[2], cy + distances[3]
    };
  }

  @Override
  public NDArray boxes(NDArray values, PriorGrid priors, int[] positions) {
    return BoxIntegral.boxes(
        BoxIntegral.distances(values, bins), priors.centresInStrides(positions));
  }
}
