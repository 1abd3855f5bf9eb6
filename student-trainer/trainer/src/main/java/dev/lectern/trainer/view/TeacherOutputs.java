package dev.lectern.trainer.view;

import ai.djl.ndarray.NDArray;
import dev.lectern.trainer.assign.DistributionRebinning;
import java.util.List;

/**
 * The teacher's outputs of a batch: constants, float32.
 *
 * <p>Logits are rows; a recording that keeps only the positions near objects gives fewer rows than
 * the batch has.
 *
 * @param cls (M, K) class logits; null when no loss reads them
 * @param dist (M, 4 * B) box distribution logits; null when no loss reads them
 * @param clsMaps per level (N, K, H, W); empty when not all positions are there
 * @param features per level (N, C, H, W); empty when not recorded
 * @param rebinning from the box distributions to the student's
 */
public record TeacherOutputs(
    TeacherRows cls,
    TeacherRows dist,
    List<NDArray> clsMaps,
    List<NDArray> features,
    DistributionRebinning rebinning) {

  /**
   * Outputs that hold every position; each list may be empty.
   *
   * @param cls per level (N, K, H, W)
   * @param dist per level (N, 4 * B, H, W)
   * @param features per level (N, C, H, W)
   */
  public static TeacherOutputs dense(
      List<NDArray> cls,
      List<NDArray> dist,
      List<NDArray> features,
      DistributionRebinning rebinning) {
    return new TeacherOutputs(
        cls.isEmpty() ? null : TeacherRows.of(cls),
        dist.isEmpty() ? null : TeacherRows.of(dist),
        cls,
        features,
        rebinning);
  }

  /**
   * Outputs that hold some positions.
   *
   * @param cls (M, K)
   * @param dist (M, 4 * B)
   * @param index (N * R) stored row of each batch row, -1 where absent
   * @param features per level (N, C, H, W), may be empty
   */
  public static TeacherOutputs sparse(
      NDArray cls,
      NDArray dist,
      int[] index,
      List<NDArray> features,
      DistributionRebinning rebinning) {
    return new TeacherOutputs(
        new TeacherRows(cls, index), new TeacherRows(dist, index), List.of(), features, rebinning);
  }

  /**
   * Refuses outputs that do not cover the batch.
   *
   * @param rows N * R
   */
  public void checkPositions(int rows) {
    checkPositions(cls, rows);
    checkPositions(dist, rows);
  }

  private static void checkPositions(TeacherRows logits, int rows) {
    if (logits != null && logits.covered() != rows) {
      throw new IllegalArgumentException(
          "the teacher's outputs cover "
              + logits.covered()
              + " positions of the batch, expected "
              + rows
              + ": do its strides and input size equal the student's?");
    }
  }
}
