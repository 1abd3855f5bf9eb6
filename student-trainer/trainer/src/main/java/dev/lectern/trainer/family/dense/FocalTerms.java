package dev.lectern.trainer.family.dense;

import ai.djl.ndarray.NDArray;
import dev.lectern.trainer.loss.FocalLoss;
import dev.lectern.trainer.loss.Rows;
import dev.lectern.trainer.objective.LossTerm;
import java.util.Arrays;

/** Losses that families with focal class scores have in common. */
public final class FocalTerms {
  private FocalTerms() {}

  /**
   * Focal loss over all rows but ignored ones.
   *
   * @param divisor of the sum
   */
  public static LossTerm classes(
      DenseStudent student,
      DenseTargets targets,
      double gamma,
      double alpha,
      double weight,
      double divisor) {
    NDArray background = FocalLoss.background(student.scores(), gamma, alpha);
    LossTerm term = new LossTerm("loss_cls").times(weight / divisor);
    term.add(counted(background, student, targets));
    if (targets.positives().count() > 0) {
      NDArray atLabel = Rows.pick(student.scoresAtPositives(), targets.labels());
      term.add(FocalLoss.foreground(atLabel, gamma, alpha));
    }
    return term;
  }

  /**
   * A loss of every row, without the ignored ones.
   *
   * @param perRow (rows)
   */
  public static NDArray counted(NDArray perRow, DenseStudent student, DenseTargets targets) {
    return targets.ignored().length == 0
        ? perRow
        : perRow.mul(student.manager().create(counted(targets)));
  }

  private static float[] counted(DenseTargets targets) {
    float[] counted = new float[targets.rows().count()];
    Arrays.fill(counted, 1);
    for (int row : targets.ignored()) {
      counted[row] = 0;
    }
    return counted;
  }

  /**
   * Binary cross entropy of the positives' centerness.
   *
   * @param centerness (P) wanted
   * @param divisor of the sum
   */
  public static LossTerm centerness(
      DenseStudent student,
      DenseTargets targets,
      float[] centerness,
      double weight,
      double divisor) {
    LossTerm term = new LossTerm("loss_centerness").times(weight / divisor);
    if (targets.positives().count() > 0) {
      NDArray logits = student.qualityAtPositives();
      // BCE(z, c) = softplus(z) - z c
      term.add(
          logits
              .getNDArrayInternal()
              .softPlus()
              .sub(logits.mul(student.manager().create(centerness))));
    }
    return term;
  }

  /** The sum of the positives' weights. */
  public static double sum(float[] weights) {
    double sum = 0;
    for (float weight : weights) {
      sum += weight;
    }
    return sum;
  }
}
