package dev.lectern.trainer.objective.term;

import dev.lectern.detector.layer.Parameter;
import dev.lectern.trainer.objective.DistillationTerm;
import dev.lectern.trainer.objective.LevelAdapter;
import dev.lectern.trainer.objective.LossTerm;
import dev.lectern.trainer.objective.TermStep;
import java.util.List;

/** A loss between feature maps, level by level, the student's adapted. */
public final class FeatureMapTerm implements DistillationTerm {
  private final AdaptedLevels student;
  private final MapLoss loss;

  /**
   * @param adapters one for each level that is compared
   * @param loss what one level contributes
   */
  public FeatureMapTerm(List<LevelAdapter> adapters, MapLoss loss) {
    this.student = new AdaptedLevels(adapters);
    this.loss = loss;
  }

  @Override
  public void addTo(LossTerm sum, TermStep step) {
    student.addTo(sum, step, (level, map) -> loss.of(map, step.teacherFeatures(level)));
  }

  @Override
  public List<Parameter> learned() {
    return student.learned();
  }
}
