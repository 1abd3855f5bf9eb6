package dev.lectern.trainer.objective;

import ai.djl.ndarray.NDArray;
import dev.lectern.trainer.loss.Rows;
import java.util.List;
import java.util.stream.IntStream;

/**
 * What the teacher said about a batch: constants, float32.
 *
 * <p>Logits are rows; a recording that keeps only the positions near objects gives fewer rows than
 * the batch has, and an index from batch row to stored row.
 *
 * @param cls (M, K) class logits; null when no loss reads them
 * @param dist (M, 4 * B) box distribution logits; null when no loss reads them
 * @param index (N * R) stored row of each batch row (see {@code BatchRows}), -1 where absent; empty
 *     when all rows are there in order
 * @param clsMaps per level (N, K, H, W); empty for sparse outputs
 * @param features per level (N, C, H, W); empty when not recorded
 */
public record TeacherOutputs(
    NDArray cls, NDArray dist, int[] index, List<NDArray> clsMaps, List<NDArray> features) {

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
        cls.isEmpty() ? null : Rows.of(cls),
        dist.isEmpty() ? null : Rows.of(dist),
        new int[0],
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
    return new TeacherOutputs(cls, dist, index, List.of(), features);
  }

  /**
   * Refuses outputs that do not cover the batch.
   *
   * @param rows N * R
   */
  void checkPositions(int rows) {
    NDArray logits = cls == null ? dist : cls;
    if (logits == null) {
      return;
    }
    long covered = index.length == 0 ? logits.getShape().get(0) : index.length;
    if (covered != rows) {
      throw new IllegalArgumentException(
          "the teacher's outputs cover "
              + covered
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
    return Rows.take(cls, stored(rows));
  }

  /**
   * Distribution logits of batch rows.
   *
   * @param bins number of bins per edge that the teacher is said to have
   * @return (rows, 4 * B)
   * @throws IllegalArgumentException if it has another
   */
  public NDArray distAt(int[] rows, int bins) {
    if (dist.getShape().get(1) != 4L * bins) {
      throw new IllegalArgumentException(
          "the teacher's distributions are "
              + dist.getShape()
              + ", expected 4 x "
              + bins
              + " logits per position");
    }
    return Rows.take(dist, stored(rows));
  }

  private int[] stored(int[] rows) {
    if (index.length == 0) {
      return rows;
    }
    return IntStream.of(rows)
        .map(
            row -> {
              if (index[row] < 0) {
                throw new IllegalArgumentException(
                    "the recording lacks the teacher's outputs of batch row "
                        + row
                        + ", which a loss needs: was it recorded with other priors or regions?");
              }
              return index[row];
            })
        .toArray();
  }
}
