package dev.lectern.trainer.assign;

import dev.lectern.detector.prior.PriorGrid;
import dev.lectern.detector.region.Assignment;
import dev.lectern.detector.region.AtssAssigner;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.function.Function;

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

  /** The same rule, on some of the levels of its priors. */
  default Assigner onLevels(PriorGrid priors, List<Integer> levels) {
    int[] positions = priors.positionsOf(levels);
    return boxes -> assign(boxes).at(positions);
  }

  /**
   * By another rule. Where one of the parts is a valuable region, objects have the thresholds that
   * ATSS gives them on the same anchors, for they bound it.
   *
   * @param objects gives for each prior the object, as {@link Assignment#objects} says
   */
  static Assigner of(
      PriorGrid priors, Function<float[], int[]> objects, Collection<TargetPart<?>> parts) {
    boolean areBounded = parts.stream().anyMatch(TargetPart::readsThresholds);
    Assigner atss = atss(priors, AtssAssigner.DEFAULT);
    return boxes -> {
      int[] assigned = objects.apply(boxes);
      float[] overlaps = new float[assigned.length];
      Arrays.fill(overlaps, -1);
      double[] thresholds = areBounded ? atss.assign(boxes).thresholds() : new double[0];
      return new Assignment(assigned, overlaps, thresholds);
    };
  }
}
