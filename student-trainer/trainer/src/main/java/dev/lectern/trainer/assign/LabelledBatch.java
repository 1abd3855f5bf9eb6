package dev.lectern.trainer.assign;

import dev.lectern.detector.prior.PriorGrid;
import dev.lectern.detector.region.Assignment;
import java.util.List;

/**
 * The ground truth of a batch with what the assigner made of it.
 *
 * @param priors levels and centres
 * @param anchors (R, 4) xyxy pixels
 * @param images objects of each image
 * @param assignments of each image
 */
public record LabelledBatch(
    PriorGrid priors, float[] anchors, List<GroundTruth> images, List<Assignment> assignments) {
  /** Copies the lists. */
  public LabelledBatch {
    images = List.copyOf(images);
    assignments = List.copyOf(assignments);
  }

  /** The order of the batch's rows. */
  public BatchRows rows() {
    return new BatchRows(priors, images.size());
  }

  /** The same batch on some of the levels. */
  LabelledBatch onLevels(List<Integer> levels) {
    PriorGrid some = priors.onLevels(levels);
    int[] positions = priors.positionsOf(levels);
    return new LabelledBatch(
        some,
        some.anchors(),
        images,
        assignments.stream().map(assignment -> assignment.at(positions)).toList());
  }

  /** The rows with positive weight, in row order. */
  RowRegion region(List<float[]> weightsPerImage) {
    int[] levelCounts = priors.levelCounts();
    RowRegion.Collector collected = new RowRegion.Collector(levelCounts.length);
    int row = 0;
    for (int level = 0; level < levelCounts.length; level++) {
      for (float[] perPosition : weightsPerImage) {
        for (int i = priors.start(level); i < priors.start(level + 1); i++, row++) {
          if (perPosition[i] > 0) {
            collected.add(row, perPosition[i]);
          }
        }
      }
      collected.endLevel(level);
    }
    return collected.region();
  }
}
