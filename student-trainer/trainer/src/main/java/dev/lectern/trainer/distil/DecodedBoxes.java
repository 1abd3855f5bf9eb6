package dev.lectern.trainer.distil;

import ai.djl.ndarray.NDArray;
import dev.lectern.trainer.loss.BoxIntegral;
import dev.lectern.trainer.loss.Rows;
import dev.lectern.trainer.objective.TermSite;
import dev.lectern.trainer.objective.TermStep;
import dev.lectern.trainer.target.DistributionRebinning;
import java.util.Arrays;
import java.util.function.Function;

/**
 * The boxes that both networks predict at some rows of the batch, as numbers: xyxy pixels, (rows,
 * 4).
 */
final class DecodedBoxes {
  private final TermSite.Geometry geometry;
  private final TermStep step;

  DecodedBoxes(TermSite.Geometry geometry, TermStep step) {
    this.geometry = geometry;
    this.step = step;
  }

  float[] ofStudent(int[] rows) {
    NDArray dist = Rows.take(step.rows().dist().stopGradient(), rows);
    return pixels(dist, step.rows().bins(), step.targets().rows().centresOf(rows), rows);
  }

  float[] ofTeacher(int[] rows) {
    DistributionRebinning rebinning = geometry.rebinning();
    int bins = rebinning.teacherBins();
    float[] centres = rebinning.teacherCentres(step.targets().rows().centresOf(rows));
    return pixels(step.teacher().distAt(rows, bins), bins, centres, rows);
  }

  private float[] pixels(NDArray dist, int bins, float[] centres, int[] rows) {
    float[] boxes = BoxIntegral.boxes(BoxIntegral.distances(dist, bins), centres).toFloatArray();
    for (int r = 0; r < rows.length; r++) {
      int stride = geometry.strides()[step.targets().rows().levelOf(rows[r])];
      for (int e = 4 * r; e < 4 * r + 4; e++) {
        boxes[e] *= stride;
      }
    }
    return boxes;
  }

  /** Those of some positions of an image, by its rows. */
  static Function<int[], float[]> within(int[] rows, Function<int[], float[]> boxes) {
    return some -> boxes.apply(Arrays.stream(some).map(i -> rows[i]).toArray());
  }
}
