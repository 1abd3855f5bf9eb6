package dev.lectern.trainer.assign;

import dev.lectern.detector.region.Assignment;
import dev.lectern.detector.region.InsideBox;
import dev.lectern.detector.region.ValuableRegion;
import java.util.ArrayList;
import java.util.List;

/**
 * The rows of a region that follows from ground truth and priors.
 *
 * @param kind which region
 * @param gamma lower bound of the valuable regions as a part of the threshold; 0 for other kinds
 */
public record RegionPart(Kind kind, double gamma) implements TargetPart<RowRegion> {
  /** Regions. */
  public enum Kind {
    /** {@link ImitationRegion#main}: positives, weights 1. */
    MAIN,
    /** {@link ValuableRegion#official}, weights are overlaps. */
    VALUABLE,
    /** {@link ValuableRegion#paper}, weights 1. */
    VALUABLE_PAPER,
    /** {@link ValuableRegion#paper} without the main region, weights 1. */
    VALUABLE_PAPER_WITHOUT_MAIN,
    /** {@link InsideBox}, weights 1. */
    INSIDE_BOX,
    /** {@link InsideBox} without the main region, weights 1. */
    INSIDE_BOX_WITHOUT_MAIN,
    /** {@link ImitationRegion#fineGrained}, weights 1. */
    FINE_GRAINED,
    /** {@link InsideBox} of what a teacher finds, weights 1. */
    TEACHER_BOXES;

    /** Whether it is a form of the valuable localization region. */
    public boolean isValuable() {
      return this == VALUABLE || this == VALUABLE_PAPER || this == VALUABLE_PAPER_WITHOUT_MAIN;
    }
  }

  /** Positives. */
  public static final RegionPart MAIN = new RegionPart(Kind.MAIN, 0);

  /** The valuable localization region as in the public code, γ 0.25. */
  public static final RegionPart VALUABLE = new RegionPart(Kind.VALUABLE, 0.25);

  /** Refuses a bound outside 0 to 1. */
  public RegionPart {
    if (!(gamma >= 0 && gamma <= 1)) {
      throw new IllegalArgumentException("gamma is " + gamma + ", expected 0 to 1");
    }
  }

  @Override
  public RowRegion of(LabelledBatch batch) {
    List<float[]> weights = new ArrayList<>();
    for (int image = 0; image < batch.images().size(); image++) {
      weights.add(
          weights(batch.anchors(), batch.images().get(image), batch.assignments().get(image)));
    }
    return batch.region(weights);
  }

  @Override
  public boolean readsThresholds() {
    return kind.isValuable();
  }

  /** Weight of each position of an image; 0 outside the region. */
  private float[] weights(float[] anchors, GroundTruth truth, Assignment assignment) {
    float[] boxes = truth.boxes();
    double[] thresholds = assignment.thresholds();
    return switch (kind) {
      case MAIN -> ones(ImitationRegion.main(assignment));
      case VALUABLE -> ValuableRegion.official(anchors, boxes, thresholds, gamma);
      case VALUABLE_PAPER -> ValuableRegion.paper(anchors, boxes, thresholds, gamma);
      case VALUABLE_PAPER_WITHOUT_MAIN ->
          ValuableRegion.withoutMain(
              ValuableRegion.paper(anchors, boxes, thresholds, gamma), assignment);
      case INSIDE_BOX -> ones(InsideBox.of(anchors, boxes));
      case INSIDE_BOX_WITHOUT_MAIN ->
          ValuableRegion.withoutMain(ones(InsideBox.of(anchors, boxes)), assignment);
      case FINE_GRAINED ->
          ones(ImitationRegion.fineGrained(anchors, boxes, ImitationRegion.PUBLISHED_PART));
      case TEACHER_BOXES -> ones(InsideBox.of(anchors, truth.teacherBoxes()));
    };
  }

  private static float[] ones(boolean[] region) {
    float[] weights = new float[region.length];
    for (int i = 0; i < region.length; i++) {
      weights[i] = region[i] ? 1 : 0;
    }
    return weights;
  }
}
