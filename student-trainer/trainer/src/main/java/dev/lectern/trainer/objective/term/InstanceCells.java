package dev.lectern.trainer.objective.term;

import ai.djl.ndarray.NDArray;
import dev.lectern.trainer.loss.BoxIntegral;
import dev.lectern.trainer.loss.Rows;
import dev.lectern.trainer.objective.TermStep;
import dev.lectern.trainer.objective.term.CellImitationTerm.CellChoice;
import dev.lectern.trainer.target.BatchRows;
import dev.lectern.trainer.target.DistributionRebinning;
import dev.lectern.trainer.target.GeneralInstances;
import java.util.Arrays;
import java.util.stream.IntStream;

/**
 * The cells of general instances: where teacher and student disagree most about the class, on each
 * level by itself.
 *
 * @param scope what shares one suppression and one limit
 * @param iouThreshold of the suppression, published 0.3
 * @param limit instances kept, published 10
 * @param rebinning tells how the teacher's distributions decode
 */
public record InstanceCells(
    Scope scope, double iouThreshold, int limit, DistributionRebinning rebinning)
    implements CellChoice {
  /** What shares one suppression. */
  public enum Scope {
    /** The cells of one image. */
    IMAGE,
    /** The cells of all images together, as in the public code. */
    BATCH
  }

  @Override
  public boolean[] cells(int level, TermStep step) {
    BatchRows rows = step.targets().rows();
    int from = rows.start(level);
    int count = rows.start(level + 1) - from;
    int groups = scope == Scope.IMAGE ? rows.images() : 1;
    float[] centres = rows.centresInStrides(level);
    boolean[] cells = new boolean[count];
    for (int g = 0; g < groups; g++) {
      int first = g * (count / groups);
      int[] range = IntStream.range(from + first, from + first + count / groups).toArray();
      float[] around = Arrays.copyOfRange(centres, 2 * first, 2 * (first + count / groups));
      for (int chosen : choose(range, around, step)) {
        cells[first + chosen] = true;
      }
    }
    return cells;
  }

  private int[] choose(int[] rows, float[] centres, TermStep step) {
    NDArray studentDist = Rows.take(step.rows().dist().stopGradient(), rows);
    return GeneralInstances.select(
        step.teacher().clsAt(rows).toFloatArray(),
        Rows.take(step.rows().cls().stopGradient(), rows).toFloatArray(),
        decoded(
            step.teacher().distAt(rows, rebinning.teacherBins()),
            rebinning.teacherBins(),
            rebinning.teacherCentres(centres)),
        decoded(studentDist, step.rows().bins(), centres),
        iouThreshold,
        limit);
  }

  private static float[] decoded(NDArray dist, int bins, float[] centres) {
    return BoxIntegral.boxes(BoxIntegral.distances(dist, bins), centres).toFloatArray();
  }
}
