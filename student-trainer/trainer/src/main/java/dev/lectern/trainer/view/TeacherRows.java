package dev.lectern.trainer.view;

import ai.djl.ndarray.NDArray;
import dev.lectern.trainer.assign.BatchRows;
import dev.lectern.trainer.assign.RowRegion;
import dev.lectern.trainer.loss.Rows;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/**
 * A teacher's logits as rows: constants, float32.
 *
 * @param values (M, C)
 * @param index (N * R) stored row of each batch row (see {@code BatchRows}), -1 where absent; empty
 *     when all rows are there in order
 */
public record TeacherRows(NDArray values, int[] index) {
  /**
   * All rows.
   *
   * @param maps per level (N, A * C, H, W)
   * @param theirs anchors per cell of the teacher, A
   * @param ours anchors per cell of the student; A, or one of the two is 1
   */
  public static TeacherRows of(List<NDArray> maps, int theirs, int ours) {
    NDArray values = Rows.of(maps, theirs);
    if (theirs == ours) {
      return new TeacherRows(values, new int[0]);
    }
    if (ours == 1) {
      return new TeacherRows(AnchorMaximum.ofRows(values, theirs), new int[0]);
    }
    int[] cells = new int[Math.toIntExact(values.getShape().get(0))];
    Arrays.setAll(cells, cell -> cell);
    return new TeacherRows(values, repeated(cells, ours));
  }

  /**
   * A row per prior of the student instead of a row per cell.
   *
   * @param theirs anchors per cell of the teacher
   * @param ours anchors per cell of the student; as many, or one of the two is 1
   */
  public TeacherRows ofAnchors(int theirs, int ours) {
    if (theirs == 1) {
      return ours == 1 ? this : new TeacherRows(values, repeated(index, ours));
    }
    NDArray perPrior = values.reshape(-1, values.getShape().get(1) / theirs);
    if (ours == 1) {
      return new TeacherRows(AnchorMaximum.ofRows(perPrior, theirs), index);
    }
    int[] ofPriors = new int[theirs * index.length];
    for (int i = 0; i < ofPriors.length; i++) {
      int cell = index[i / theirs];
      ofPriors[i] = cell < 0 ? -1 : cell * theirs + i % theirs;
    }
    return new TeacherRows(perPrior, ofPriors);
  }

  /**
   * For each cell the anchor with the largest class logit.
   *
   * @param anchors per cell, A; these are class logits of A rows a cell
   * @return (cells); -1 where absent
   */
  public int[] bestAnchors(int anchors) {
    float[] largest = values.max(new int[] {1}).toFloatArray();
    int[] best = new int[Math.toIntExact(covered() / anchors)];
    for (int cell = 0; cell < best.length; cell++) {
      best[cell] = stored(cell * anchors) < 0 ? -1 : 0;
      for (int a = 1; best[cell] >= 0 && a < anchors; a++) {
        if (largest[stored(cell * anchors + a)] > largest[stored(cell * anchors + best[cell])]) {
          best[cell] = a;
        }
      }
    }
    return best;
  }

  /**
   * One row a cell: that of a chosen anchor.
   *
   * @param chosen (cells) anchor of each cell; -1 for none
   * @param anchors per cell, A; these are A rows a cell
   */
  public TeacherRows ofChosen(int[] chosen, int anchors) {
    int[] cells = new int[chosen.length];
    Arrays.setAll(cells, cell -> chosen[cell] < 0 ? -1 : stored(cell * anchors + chosen[cell]));
    return new TeacherRows(values, cells);
  }

  /** Stored row of a batch row; -1 where absent. */
  private int stored(int row) {
    return index.length == 0 ? row : index[row];
  }

  /** The row of a cell for each of the cell's anchors. */
  private static int[] repeated(int[] cells, int anchors) {
    int[] priors = new int[anchors * cells.length];
    Arrays.setAll(priors, i -> cells[i / anchors]);
    return priors;
  }

  /** Number of batch rows that they cover, stored or not. */
  long covered() {
    return index.length == 0 ? values.getShape().get(0) : index.length;
  }

  /** Whether a batch row is there. */
  boolean has(int row) {
    return index.length == 0 || index[row] >= 0;
  }

  /**
   * The batch rows that are there, each with weight 1.
   *
   * @param order of the rows of the batch
   */
  public RowRegion recorded(BatchRows order) {
    int[] rows =
        IntStream.range(0, order.count())
            .filter(row -> index.length == 0 || index[row] >= 0)
            .toArray();
    int[] bounds = new int[order.levels() + 1];
    for (int row : rows) {
      bounds[order.levelOf(row) + 1]++;
    }
    Arrays.parallelPrefix(bounds, Integer::sum);
    float[] weights = new float[rows.length];
    Arrays.fill(weights, 1);
    return new RowRegion(rows, weights, bounds);
  }

  /**
   * The values of batch rows.
   *
   * @return (rows, C)
   * @throws IllegalArgumentException if one is absent
   */
  NDArray at(int[] rows) {
    return Rows.take(values, index.length == 0 ? rows : stored(rows));
  }

  private int[] stored(int[] rows) {
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
