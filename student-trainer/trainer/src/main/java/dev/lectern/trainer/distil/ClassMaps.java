package dev.lectern.trainer.distil;

import dev.lectern.schemas.config.UserMistakeException;
import java.util.List;
import java.util.Optional;

/** Terms that compare maps of class logits, level by level. */
final class ClassMaps {
  private ClassMaps() {}

  /** Why a student of one class learns nothing from a softmax over classes. */
  static final String ONE_CLASS =
      "a softmax over one class is always 1, so nothing would be learned, expected a student of at"
          + " least 2 classes; cwd_logits compares class maps of one class";

  /** A loss between maps of class logits. */
  static Term term(Levels levels, Pairing pairing, MapLoss loss) {
    List<Integer> chosen = levels.of(pairing);
    return step ->
        Addends.perLevel(
            chosen,
            level -> loss.of(step.classMaps().student(level), step.classMaps().teacher(level)));
  }

  /** What is in the way of a softmax over so many classes. */
  static Optional<String> obstacle(int classes) {
    return classes < 2 ? Optional.of(ONE_CLASS) : Optional.empty();
  }

  /**
   * Refuses a student of one class, of which a softmax over classes says nothing.
   *
   * @throws UserMistakeException that names a method for it
   */
  static void requireClasses(Method method, Pairing pairing) {
    if (pairing.classes() < 2) {
      throw new UserMistakeException("losses: " + method.name() + ": " + ONE_CLASS);
    }
  }
}
