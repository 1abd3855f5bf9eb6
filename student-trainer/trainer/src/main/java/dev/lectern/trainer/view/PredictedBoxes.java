package dev.lectern.trainer.view;

import ai.djl.ndarray.NDArray;
import dev.lectern.trainer.assign.BatchRows;
import dev.lectern.trainer.assign.DistributionRebinning;
import dev.lectern.trainer.loss.BoxIntegral;

/** The boxes that both networks predict, row by row, xyxy. */
public final class PredictedBoxes {
  private final BoxDistributions distributions;
  private final BatchRows rows;

  /**
   * @param rows of the batch, which know centres and strides
   */
  public PredictedBoxes(BoxDistributions distributions, BatchRows rows) {
    this.distributions = distributions;
    this.rows = rows;
  }

  /** The student's at some rows, (rows, 4) in strides, with gradient. */
  public NDArray student(int[] at) {
    return boxes(distributions.student(at), distributions.bins(), rows.centresOf(at));
  }

  /** The teacher's at some rows, (rows, 4) in strides, constants. */
  public NDArray teacher(int[] at) {
    DistributionRebinning rebinning = distributions.rebinning();
    return boxes(
        distributions.teacher(at),
        rebinning.teacherBins(),
        rebinning.teacherCentres(rows.centresOf(at)));
  }

  /** The student's at some rows as numbers in strides, (rows, 4). */
  public float[] studentInStrides(int[] at) {
    return boxes(distributions.studentConstant(at), distributions.bins(), rows.centresOf(at))
        .toFloatArray();
  }

  /** The student's at some rows as numbers in pixels, (rows, 4). */
  public float[] studentInPixels(int[] at) {
    return inPixels(studentInStrides(at), at);
  }

  /** The teacher's at some rows as numbers in pixels, (rows, 4). */
  public float[] teacherInPixels(int[] at) {
    return inPixels(teacher(at).toFloatArray(), at);
  }

  private static NDArray boxes(NDArray logits, int bins, float[] centres) {
    return BoxIntegral.boxes(BoxIntegral.distances(logits, bins), centres);
  }

  private float[] inPixels(float[] boxes, int[] at) {
    for (int r = 0; r < at.length; r++) {
      int stride = rows.strideOf(at[r]);
      for (int e = 4 * r; e < 4 * r + 4; e++) {
        boxes[e] *= stride;
      }
    }
    return boxes;
  }
}
