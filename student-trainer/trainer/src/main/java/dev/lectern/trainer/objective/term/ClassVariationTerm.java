package dev.lectern.trainer.objective.term;

import dev.lectern.detector.layer.Parameter;
import dev.lectern.trainer.loss.IntraClassVariationLoss;
import dev.lectern.trainer.objective.DistillationTerm;
import dev.lectern.trainer.objective.LevelAdapter;
import dev.lectern.trainer.objective.LossTerm;
import dev.lectern.trainer.objective.TermStep;
import dev.lectern.trainer.target.ClassCells;
import java.util.List;
import java.util.stream.IntStream;

/** Intra-class feature variation; background is a class, padding none. */
public final class ClassVariationTerm implements DistillationTerm {
  private final AdaptedLevels student;
  private final int classes;

  /**
   * @param adapters one for each level that is compared
   * @param classes K
   */
  public ClassVariationTerm(List<LevelAdapter> adapters, int classes) {
    this.student = new AdaptedLevels(adapters);
    this.classes = classes;
  }

  @Override
  public void addTo(LossTerm sum, TermStep step) {
    int[][] labels = step.targets().part(new ClassCells());
    student.addTo(
        sum,
        step,
        (level, map) ->
            IntraClassVariationLoss.loss(
                map, step.teacherFeatures(level), indices(labels[level]), classes + 1));
  }

  /** Background becomes class K. */
  private int[] indices(int[] labels) {
    return IntStream.of(labels).map(l -> l == ClassCells.BACKGROUND ? classes : l).toArray();
  }

  @Override
  public List<Parameter> learned() {
    return student.learned();
  }
}
