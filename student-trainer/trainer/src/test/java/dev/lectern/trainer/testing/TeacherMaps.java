package dev.lectern.trainer.testing;

import ai.djl.ndarray.NDArray;
import dev.lectern.detector.box.DistributionDecoder;
import dev.lectern.detector.prior.PriorGrid;
import dev.lectern.trainer.assign.DistributionRebinning;
import dev.lectern.trainer.view.BoxReading;
import dev.lectern.trainer.view.TeacherOutputs;
import java.util.List;

/** Outputs of a teacher with class scores and box distributions, made by hand. */
public final class TeacherMaps {
  private TeacherMaps() {}

  /**
   * Outputs that hold every position.
   *
   * @param priors the student's
   * @param cls per level (N, K, H, W)
   * @param dist per level (N, 4 * B, H, W)
   * @param features per level (N, C, H, W)
   */
  public static TeacherOutputs dense(
      PriorGrid priors,
      List<NDArray> cls,
      List<NDArray> dist,
      List<NDArray> features,
      DistributionRebinning rebinning) {
    return TeacherOutputs.dense(cls, dist, reading(priors, rebinning), features, rebinning);
  }

  /**
   * Outputs that hold some positions.
   *
   * @param priors the student's
   * @param index (N * R) stored row of each batch row, -1 where absent
   */
  public static TeacherOutputs sparse(
      PriorGrid priors,
      NDArray cls,
      NDArray dist,
      int[] index,
      List<NDArray> features,
      DistributionRebinning rebinning) {
    return TeacherOutputs.sparse(cls, dist, reading(priors, rebinning), index, features, rebinning);
  }

  private static BoxReading reading(PriorGrid priors, DistributionRebinning rebinning) {
    return new BoxReading(
        new DistributionDecoder(rebinning.teacherBins()),
        PriorGrid.points(priors.levels(), priors.gridOffset() - rebinning.shift()));
  }
}
