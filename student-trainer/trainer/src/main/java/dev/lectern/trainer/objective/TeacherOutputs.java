package dev.lectern.trainer.objective;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import java.util.List;
import java.util.stream.IntStream;

/**
 * What the teacher said about a batch: constants, float32.
 *
 * <p>Logits are rows; a recording that keeps only the positions near objects gives fewer rows than
 * the batch has.
 *
 * @param cls (M, K) class logits; null when no loss reads them
 * @param dist (M, 4 * B) box distribution logits; null when no loss reads them
 * @param clsMaps per level (N, K, H, W); empty when not all positions are there
 * @param features per level (N, C, H, W); empty when not recorded
 */
public record TeacherOutputs(
    TeacherRows cls, TeacherRows dist, List<NDArray> clsMaps, List<NDArray> features) {

  /**
   * Outputs that hold every position; each list may be empty.
   *
   * @param cls per level (N, K, H, W)
   * @param dist per level (N, 4 * B, H, W)
   * @param features per level (N, C, H, W)
   */
  public static TeacherOutputs dense(
      List<NDArray> cls, List<NDArray> dist, List<NDArray> features) {
    return new TeacherOutputs(
        cls.isEmpty() ? null : TeacherRows.of(cls),
        dist.isEmpty() ? null : TeacherRows.of(dist),
        cls,
        features);
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
      NDArray cls, NDArray dist, int[] index, List<NDArray> features) {
    return new TeacherOutputs(
        new TeacherRows(cls, index), new TeacherRows(dist, index), List.of(), features);
  }

  /**
   * Refuses outputs that do not cover the batch.
   *
   * @param rows N * R
   */
  void checkPositions(int rows) {
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

  /**
   * Class logits of batch rows.
   *
   * @return (rows, K)
   */
  public NDArray clsAt(int[] rows) {
    return cls.at(rows);
  }

  /**
   * The largest class logit of every batch row, (N * R).
   *
   * @throws IllegalArgumentException if the recording lacks a row
   */
  public float[] largestClasses() {
    if (clsMaps.isEmpty()) {
      int[] all = IntStream.range(0, Math.toIntExact(cls.covered())).toArray();
      return clsAt(all).max(new int[] {1}).toFloatArray();
    }
    NDList levels = new NDList();
    for (NDArray map : clsMaps) {
      levels.add(map.max(new int[] {1}).flatten());
    }
    return NDArrays.concat(levels).toFloatArray();
  }

  /**
   * Distribution logits of batch rows.
   *
   * @param bins number of bins per edge that the teacher is said to have
   * @return (rows, 4 * B)
   * @throws IllegalArgumentException if it has another
   */
  public NDArray distAt(int[] rows, int bins) {
    if (dist.values().getShape().get(1) != 4L * bins) {
      throw new IllegalArgumentException(
          "the teacher's distributions are "
              + dist.values().getShape()
              + ", expected 4 x "
              + bins
              + " logits per position");
    }
    return dist.at(rows);
  }
}
