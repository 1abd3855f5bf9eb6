package dev.lectern.trainer.objective.term;

import ai.djl.ndarray.NDArray;
import dev.lectern.trainer.loss.BoxIntegral;
import dev.lectern.trainer.objective.TermSite;
import dev.lectern.trainer.objective.TermStep;
import dev.lectern.trainer.target.BatchRows;
import dev.lectern.trainer.target.DistributionRebinning;
import java.util.stream.IntStream;

/**
 * The boxes that both networks predict at every position, as numbers: xyxy pixels, (N * R, 4) in
 * the order of the batch's rows.
 */
final class DecodedBoxes {
  private final TermSite.Geometry geometry;

  DecodedBoxes(TermSite.Geometry geometry) {
    this.geometry = geometry;
  }

  float[] ofStudent(TermStep step) {
    NDArray dist = step.rows().dist().stopGradient();
    return pixels(dist, step.rows().bins(), step.targets().rows().centresOf(all(step)), step);
  }

  float[] ofTeacher(TermStep step) {
    DistributionRebinning rebinning = geometry.rebinning();
    int[] all = all(step);
    return pixels(
        step.teacher().distAt(all, rebinning.teacherBins()),
        rebinning.teacherBins(),
        rebinning.teacherCentres(step.targets().rows().centresOf(all)),
        step);
  }

  private static int[] all(TermStep step) {
    return IntStream.range(0, step.targets().rows().count()).toArray();
  }

  private float[] pixels(NDArray dist, int bins, float[] centres, TermStep step) {
    float[] boxes = BoxIntegral.boxes(BoxIntegral.distances(dist, bins), centres).toFloatArray();
    BatchRows rows = step.targets().rows();
    int[] strides = geometry.strides();
    for (int level = 0; level < strides.length; level++) {
      for (int i = 4 * rows.start(level); i < 4 * rows.start(level + 1); i++) {
        boxes[i] *= strides[level];
      }
    }
    return boxes;
  }
}
