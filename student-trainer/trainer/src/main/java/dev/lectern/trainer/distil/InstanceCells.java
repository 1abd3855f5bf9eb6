package dev.lectern.trainer.distil;

import ai.djl.ndarray.NDArray;
import dev.lectern.trainer.assign.BatchRows;
import dev.lectern.trainer.assign.LazySuppression;
import dev.lectern.trainer.loss.Rows;
import java.util.Arrays;
import java.util.function.IntPredicate;
import java.util.stream.IntStream;

/**
 * The cells of general instances: where teacher and student disagree most about the class, on each
 * level by itself; {@link dev.lectern.trainer.assign.GeneralInstances#select} for the rows that can
 * matter.
 *
 * @param scope what shares one suppression and one limit
 * @param iouThreshold of the suppression, published 0.3
 * @param limit instances kept, published 10
 */
record InstanceCells(Scope scope, double iouThreshold, int limit) implements CellLevels.CellChoice {
  /** What shares one suppression. */
  public enum Scope {
    /** The cells of one image. */
    IMAGE,
    /** The cells of all images together, as in the public code. */
    BATCH
  }

  @Override
  public boolean[] cells(int level, Step step) {
    BatchRows rows = step.targets().rows();
    int from = rows.start(level);
    int count = rows.start(level + 1) - from;
    int groups = scope == Scope.IMAGE ? rows.images() : 1;
    boolean[] cells = new boolean[count];
    for (int g = 0; g < groups; g++) {
      int first = g * (count / groups);
      int[] range = IntStream.range(from + first, from + first + count / groups).toArray();
      for (int chosen : choose(range, step)) {
        cells[first + chosen] = true;
      }
    }
    return cells;
  }

  /** Scores every row, and decodes boxes only of those that may be kept. */
  private int[] choose(int[] rows, Step step) {
    NDArray lead =
        probabilities(step.classes().teacher(rows))
            .sub(probabilities(Rows.take(step.classes().student().stopGradient(), rows)));
    float[] max = lead.max(new int[] {1}).toFloatArray();
    float[] min = lead.min(new int[] {1}).toFloatArray();
    float[] scores = new float[rows.length];
    for (int i = 0; i < scores.length; i++) {
      scores[i] = Math.max(max[i], -min[i]);
    }
    return LazySuppression.keep(
        scores, some -> boxes(some, rows, step, i -> max[i] >= -min[i]), iouThreshold, limit);
  }

  private static NDArray probabilities(NDArray logits) {
    return logits.getNDArrayInternal().sigmoid();
  }

  /** Boxes of some rows: the teacher's where it is the surer one, else the student's. */
  private static float[] boxes(int[] some, int[] rows, Step step, IntPredicate teacherIsSurer) {
    int[] at = Arrays.stream(some).map(i -> rows[i]).toArray();
    float[] boxes = step.boxes().studentInStrides(at);
    float[] theirs = step.boxes().teacher(at).toFloatArray();
    for (int i = 0; i < some.length; i++) {
      if (teacherIsSurer.test(some[i])) {
        System.arraycopy(theirs, 4 * i, boxes, 4 * i, 4);
      }
    }
    return boxes;
  }
}
