package dev.lectern.trainer.objective.term;

import ai.djl.ndarray.NDArray;
import dev.lectern.detector.layer.Parameter;
import dev.lectern.trainer.objective.DistillationTerm;
import dev.lectern.trainer.objective.LossTerm;
import dev.lectern.trainer.objective.TermStep;
import java.util.ArrayList;
import java.util.List;

/** A loss between the teacher's features and the student's behind regressors of the term's own. */
public final class RegressedTerm implements DistillationTerm {
  private final List<Regressor> regressors;
  private final LevelLoss loss;

  /** What one level contributes. */
  @FunctionalInterface
  public interface LevelLoss {
    /**
     * A scalar.
     *
     * @param student (N, C, H, W), regressed
     */
    NDArray of(int level, NDArray student, TermStep step);
  }

  /**
   * @param regressors one for each level that is compared
   */
  public RegressedTerm(List<Regressor> regressors, LevelLoss loss) {
    this.regressors = List.copyOf(regressors);
    this.loss = loss;
  }

  @Override
  public void addTo(LossTerm sum, TermStep step) {
    List<Integer> levels = regressors.stream().map(Regressor::level).toList();
    LevelSums.add(
        sum,
        step,
        levels,
        level -> {
          NDArray map = step.student().features().get(level);
          return loss.of(level, regressors.get(levels.indexOf(level)).apply(map), step);
        });
  }

  @Override
  public List<Parameter> learned() {
    List<Parameter> learned = new ArrayList<>();
    regressors.forEach(regressor -> learned.addAll(regressor.learned()));
    return learned;
  }
}
