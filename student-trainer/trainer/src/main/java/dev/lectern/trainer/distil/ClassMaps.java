package dev.lectern.trainer.distil;

import dev.lectern.schemas.config.UserMistakeException;
import dev.lectern.trainer.objective.DistillationTerm;
import dev.lectern.trainer.objective.TermSite;
import java.util.List;

/** Terms that compare maps of class logits, level by level. */
final class ClassMaps {
  private ClassMaps() {}

  /** A loss between maps of class logits. */
  static DistillationTerm term(Levels levels, TermSite site, MapLoss loss) {
    List<Integer> chosen = levels.of(site);
    return (sum, step) ->
        LevelSums.add(
            sum,
            step,
            chosen,
            level -> loss.of(step.student().cls().get(level), step.teacherClasses(level)));
  }

  /**
   * Refuses a student of one class, of which a softmax over classes says nothing.
   *
   * @throws UserMistakeException that names a method for it
   */
  static void requireClasses(Method method, TermSite site) {
    if (site.geometry().classes() < 2) {
      throw new UserMistakeException(
          "losses: found "
              + method.name()
              + " for a student of one class, expected at least 2: its softmax over classes is"
              + " always 1, so nothing would be learned; cwd_logits compares class maps of one"
              + " class");
    }
  }
}
