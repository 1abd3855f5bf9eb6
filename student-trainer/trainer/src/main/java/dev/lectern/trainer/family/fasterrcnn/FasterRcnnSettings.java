package dev.lectern.trainer.family.fasterrcnn;

import dev.lectern.detector.box.Proposals;
import dev.lectern.schemas.config.Key;

/** How Faster R-CNN learns from ground truth; the part {@code objective} of its run. */
public record FasterRcnnSettings(
    @Key(defaultsTo = "0.7", meaning = "overlap from which on an anchor shows an object")
        double rpnPositiveIou,
    @Key(defaultsTo = "0.3", meaning = "overlap below which it shows none") double rpnNegativeIou,
    @Key(
            defaultsTo = "0.3",
            meaning = "smallest best overlap for which an object takes its best anchors")
        double rpnMinPositiveIou,
    @Key(defaultsTo = "256", meaning = "anchors of an image that learn") int rpnSamples,
    @Key(defaultsTo = "0.5", meaning = "largest part of them that shows objects")
        double rpnPositiveShare,
    @Key(defaultsTo = "1", meaning = "weight of the objectness loss") double rpnClsWeight,
    @Key(defaultsTo = "1", meaning = "weight of the proposals' box loss") double rpnBoxWeight,
    @Key(defaultsTo = "0", meaning = "where the proposals' box loss becomes linear; 0 for L1")
        double rpnBoxBeta,
    @Key(defaultsTo = "2000", meaning = "best scores of a level that may become proposals")
        int candidates,
    @Key(
            defaultsTo = "0.7",
            meaning = "overlap with a better one of its level above which a proposal is dropped")
        double proposalIou,
    @Key(defaultsTo = "1000", meaning = "of an image") int proposals,
    @Key(defaultsTo = "0", meaning = "pixels; proposals need longer sides") double minSide,
    @Key(defaultsTo = "0.5", meaning = "overlap from which on a proposal shows an object")
        double positiveIou,
    @Key(defaultsTo = "0.5", meaning = "overlap below which it shows background")
        double negativeIou,
    @Key(defaultsTo = "512", meaning = "proposals of an image that learn") int samples,
    @Key(defaultsTo = "0.25", meaning = "largest part of them that shows objects")
        double positiveShare,
    @Key(defaultsTo = "1", meaning = "weight of the class loss") double clsWeight,
    @Key(defaultsTo = "1", meaning = "weight of the box loss") double boxWeight,
    @Key(defaultsTo = "0", meaning = "where the box loss becomes linear; 0 for L1")
        double boxBeta) {

  /** Refuses overlaps in the wrong order. */
  public FasterRcnnSettings {
    require(rpnNegativeIou <= rpnPositiveIou, "rpn-negative-iou", rpnNegativeIou);
    require(negativeIou <= positiveIou, "negative-iou", negativeIou);
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
