package dev.lectern.trainer.assign;

import dev.lectern.detector.prior.PriorGrid;
import dev.lectern.detector.region.Assignment;
import dev.lectern.detector.region.AtssAssigner;
import java.util.Arrays;

/** Decides which object each prior of an image learns. Immutable and safe for several threads. */
@FunctionalInterface
public interface Assigner {
  /**
   * Assigns the priors of one image.
   *
   * @param boxes (G, 4) xyxy pixels
   */
  Assignment assign(float[] boxes);

  /** By the largest overlaps near each object's centre. */
  static Assigner atss(PriorGrid priors, AtssAssigner assigner) {
    float[] anchors = priors.anchors();
    int[] levelCounts = priors.levelCounts();
    return boxes -> assigner.assign(anchors, levelCounts, boxes);
  }

  /**
   * By another rule, with the thresholds that ATSS gives the objects on the same anchors, which
   * bound the valuable regions.
   */
  static Assigner with(Assigner thresholds, java.util.function.Function<float[], int[]> objects) {
    return boxes -> {
      int[] assigned = objects.apply(boxes);
      float[] overlaps = new float[assigned.length];
      Arrays.fill(overlaps, -1);
      return new Assignment(assigned, overlaps, thresholds.assign(boxes).thresholds());
    };
  }
}
