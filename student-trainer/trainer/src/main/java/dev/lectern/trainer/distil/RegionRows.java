package dev.lectern.trainer.distil;

import ai.djl.ndarray.NDArray;
import dev.lectern.trainer.assign.RegionPart;
import dev.lectern.trainer.assign.RowRegion;

/**
 * The rows of a region that follows from ground truth. Positives, and what else is inside of boxes,
 * count by the student's largest class score, as in the public code; others as the region says.
 */
record RegionRows(RegionPart region) implements RowChoice {
  @Override
  public RowRegion rows(Step step) {
    return step.targets().region(region);
  }

  @Override
  public NDArray weights(RowRegion rows, Step step) {
    return switch (region.kind()) {
      case MAIN -> step.positives().orElseThrow().scores();
      case INSIDE_BOX_WITHOUT_MAIN -> step.classes().studentScores(rows);
      default -> step.manager().create(rows.weights());
    };
  }
}
