package dev.lectern.trainer.family.fasterrcnn;

import dev.lectern.detector.box.Proposals;

/**
 * How Faster R-CNN learns from ground truth; the part {@code objective} of its run.
 *
 * @param rpnPositiveIou overlap from which on an anchor shows an object [0.7]
 * @param rpnNegativeIou overlap below which it shows none [0.3]
 * @param rpnMinPositiveIou smallest best overlap for which an object takes its best anchors [0.3]
 * @param rpnSamples anchors of an image that learn [256]
 * @param rpnPositiveShare largest part of them that shows objects [0.5]
 * @param rpnClsWeight weight of the objectness loss [1]
 * @param rpnBoxWeight weight of the proposals' box loss [1]
 * @param rpnBoxBeta where the proposals' box loss becomes linear; 0 for L1 [0]
 * @param candidates best scores of a level that may become proposals [2000]
 * @param proposalIou overlap with a better one of its level above which a proposal is dropped [0.7]
 * @param proposals of an image [1000]
 * @param minSide pixels; proposals need longer sides [0]
 * @param positiveIou overlap from which on a proposal shows an object [0.5]
 * @param negativeIou overlap below which it shows background [0.5]
 * @param samples proposals of an image that learn [512]
 * @param positiveShare largest part of them that shows objects [0.25]
 * @param clsWeight weight of the class loss [1]
 * @param boxWeight weight of the box loss [1]
 * @param boxBeta where the box loss becomes linear; 0 for L1 [0]
 */
public record FasterRcnnSettings(
    Double rpnPositiveIou,
    Double rpnNegativeIou,
    Double rpnMinPositiveIou,
    Integer rpnSamples,
    Double rpnPositiveShare,
    Double rpnClsWeight,
    Double rpnBoxWeight,
    Double rpnBoxBeta,
    Integer candidates,
    Double proposalIou,
    Integer proposals,
    Double minSide,
    Double positiveIou,
    Double negativeIou,
    Integer samples,
    Double positiveShare,
    Double clsWeight,
    Double boxWeight,
    Double boxBeta) {

  /** Applies the defaults. */
  public FasterRcnnSettings {
    rpnPositiveIou = or(rpnPositiveIou, 0.7);
    rpnNegativeIou = or(rpnNegativeIou, 0.3);
    rpnMinPositiveIou = or(rpnMinPositiveIou, 0.3);
    rpnSamples = rpnSamples == null ? 256 : rpnSamples;
    rpnPositiveShare = or(rpnPositiveShare, 0.5);
    rpnClsWeight = or(rpnClsWeight, 1);
    rpnBoxWeight = or(rpnBoxWeight, 1);
    rpnBoxBeta = or(rpnBoxBeta, 0);
    candidates = candidates == null ? 2000 : candidates;
    proposalIou = or(proposalIou, 0.7);
    proposals = proposals == null ? 1000 : proposals;
    minSide = or(minSide, 0);
    positiveIou = or(positiveIou, 0.5);
    negativeIou = or(negativeIou, 0.5);
    samples = samples == null ? 512 : samples;
    positiveShare = or(positiveShare, 0.25);
    clsWeight = or(clsWeight, 1);
    boxWeight = or(boxWeight, 1);
    boxBeta = or(boxBeta, 0);
    require(rpnNegativeIou <= rpnPositiveIou, "rpn-negative-iou", rpnNegativeIou);
    require(negativeIou <= positiveIou, "negative-iou", negativeIou);
  }

  private static double or(Double given, double usual) {
    return given == null ? usual : given;
  }

  private static void require(boolean holds, String key, double found) {
    if (!holds) {
      throw new IllegalArgumentException(
          key + ": found " + found + ", expected at most that of positives");
    }
  }

  /** Which boxes are proposed while it learns. */
  Proposals.Limits limits() {
    return new Proposals.Limits(candidates, proposalIou, proposals, minSide);
  }

  /** Which anchors learn. */
  Sampling rpnSampling() {
    return new Sampling(rpnSamples, rpnPositiveShare);
  }

  /** Which proposals learn. */
  Sampling sampling() {
    return new Sampling(samples, positiveShare);
  }
}
