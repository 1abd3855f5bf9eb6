package dev.lectern.report.inspect;

import dev.lectern.detector.box.DetectionDecoder;
import dev.lectern.detector.box.DistributionDecoder;
import dev.lectern.detector.network.Outputs;
import dev.lectern.detector.prior.LevelGrid;
import dev.lectern.detector.prior.PriorGrid;
import dev.lectern.schemas.record.GroundTruth;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * An annotated object that the teacher recognises but whose edges it is not sure of, and the prior
 * that recognises it.
 *
 * @param truth the annotation
 * @param grid the prior's level
 * @param prior index in its level
 * @param x horizontal centre of the prior in pixels
 * @param y vertical centre
 * @param entropy of its least certain edge, nats
 */
public record UnsureObject(
    GroundTruth truth, LevelGrid grid, int prior, float x, float y, double entropy) {
  /** Class probability 0.5. */
  private static final double RECOGNISED = 0;

  /**
   * The least certain of some objects.
   *
   * @param decoder of the teacher's outputs
   * @return empty if the teacher recognises none, or gives no distributions
   */
  public static Optional<UnsureObject> leastSure(
      List<GroundTruth> objects, Outputs<float[]> teacher, DetectionDecoder decoder) {
    if (!(decoder.boxes() instanceof DistributionDecoder distributions)) {
      return Optional.empty();
    }
    return objects.stream()
        .map(truth -> recognised(truth, teacher, decoder, distributions))
        .filter(Objects::nonNull)
        .max(Comparator.comparingDouble(UnsureObject::entropy));
  }

  /**
   * The prior inside the box with the largest score of its class; null if the teacher misses it.
   */
  private static UnsureObject recognised(
      GroundTruth truth,
      Outputs<float[]> teacher,
      DetectionDecoder decoder,
      DistributionDecoder distributions) {
    PriorGrid priors = decoder.priors();
    double best = RECOGNISED;
    UnsureObject found = null;
    for (int level = 0; level < priors.levels().size(); level++) {
      for (int prior = 0; prior < priors.count(level); prior++) {
        float x = priors.centreX(priors.start(level) + prior);
        float y = priors.centreY(priors.start(level) + prior);
        double logit = decoder.classLogit(teacher, level, prior, truth.getLabel());
        if (logit > best
            && x > truth.getX1()
            && x < truth.getX2()
            && y > truth.getY1()
            && y < truth.getY2()) {
          best = logit;
          double entropy = largestEntropy(distributions, teacher, priors, level, prior);
          found = new UnsureObject(truth, priors.levels().get(level), prior, x, y, entropy);
        }
      }
    }
    return found;
  }

  private static double largestEntropy(
      DistributionDecoder distributions,
      Outputs<float[]> outputs,
      PriorGrid priors,
      int level,
      int prior) {
    double largest = 0;
    for (int side = 0; side < 4; side++) {
      double entropy = 0;
      for (double p : distributions.probabilities(outputs, priors, level, prior, side)) {
        entropy -= p > 0 ? p * Math.log(p) : 0;
      }
      largest = Math.max(largest, entropy);
    }
    return largest;
  }

  /** Annotated distance of an edge from the prior's centre, in strides. */
  public double distance(int edge) {
    double pixels =
        switch (edge) {
          case 0 -> x - truth.getX1();
          case 1 -> y - truth.getY1();
          case 2 -> truth.getX2() - x;
          default -> truth.getY2() - y;
        };
    return pixels / grid.stride();
  }

  /**
   * How a network's probability is spread over the distances of an edge at this prior.
   *
   * @return one per bin; empty if the network gives no distributions, or has no such prior
   */
  public Optional<double[]> edge(Outputs<float[]> network, DetectionDecoder decoder, int edge) {
    int level = decoder.priors().levels().indexOf(grid);
    return level >= 0 && decoder.boxes() instanceof DistributionDecoder distributions
        ? Optional.of(distributions.probabilities(network, decoder.priors(), level, prior, edge))
        : Optional.empty();
  }
}
