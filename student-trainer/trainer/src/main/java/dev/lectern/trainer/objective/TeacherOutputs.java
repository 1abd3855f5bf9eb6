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
 * @param cls (M, K) class logits
 * @param dist (M, 4 * B) box distribution logits
 * @param index (N * R) stored row of each batch row (see {@code BatchRows}), -1 where absent; empty
 *     when all rows are there in order
 * @param clsMaps per level (N, K, H, W); empty for sparse outputs
 * @param features per level (N, C, H, W); empty when not recorded
 */
public record TeacherOutputs(
    NDArray cls, NDArray dist, int[] index, List<NDArray> clsMaps, List<NDArray> features) {

  /**
   * Outputs that hold every position.
   *
   * @param cls per level (N, K, H, W)
   * @param dist per level (N, 4 * B, H, W)
   * @param features per level (N, C, H, W), may be empty
   */
  public static TeacherOutputs dense(
      List<NDArray> cls, List<NDArray> dist, List<NDArray> features) {
    return new TeacherOutputs(Rows.of(cls), Rows.of(dist), new int[0], cls, features);
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
   * Class logits of batch rows.
   *
   * @return (rows, K)
   */
  NDArray clsAt(int[] rows) {
    return Rows.take(cls, stored(rows));
  }

  /**
   * Distribution logits of batch rows.
   *
   * @return (rows, 4 * B)
   */
  NDArray distAt(int[] rows) {
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
