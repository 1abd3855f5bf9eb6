package dev.lectern.trainer.objective.term;

import dev.lectern.trainer.objective.DistillationTerm;
import dev.lectern.trainer.objective.LossTerm;
import dev.lectern.trainer.objective.TermStep;
import java.util.List;

/**
 * A loss between maps of class logits, level by level.
 *
 * @param levels which levels, 0 is the finest
 * @param loss what one level contributes
 */
public record ClassMapTerm(List<Integer> levels, MapLoss loss) implements DistillationTerm {
  /** Copies the list. */
  public ClassMapTerm {
    levels = List.copyOf(levels);
  }

  @Override
  public void addTo(LossTerm sum, TermStep step) {
    LevelSums.add(
        sum,
        step,
        levels,
        level -> loss.of(step.student().cls().get(level), step.teacherClasses(level)));
  }
}
