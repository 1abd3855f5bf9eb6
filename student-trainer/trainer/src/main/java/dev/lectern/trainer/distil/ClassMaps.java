package dev.lectern.trainer.distil;

import dev.lectern.schemas.config.UserMistakeException;
import java.util.List;

/** Terms that compare maps of class logits, level by level. */
final class ClassMaps {
  private ClassMaps() {}

  /** A loss between maps of class logits. */
  static Term term(Levels levels, Pairing pairing, MapLoss loss) {
    List<Integer> chosen = levels.of(pairing);
    return step ->
        Addends.perLevel(
            chosen,
            level -> loss.of(step.classMaps().student(level), step.classMaps().teacher(level)));
  }

  /**
   * Refuses a student of one class, of which a softmax over classes says nothing.
   *
   * @throws UserMistakeException that names a method for it
   */
  static void requireClasses(Method method, Pairing pairing) {
    if (pairing.classes() < 2) {
      throw new UserMistakeException(
          "losses: found "
              + method.name()
              + " for a student of one class, expected at least 2: its softmax over classes is"
              + " always 1, so nothing would be learned; cwd_logits compares class maps of one"
              + " class");
    }
  }
}
