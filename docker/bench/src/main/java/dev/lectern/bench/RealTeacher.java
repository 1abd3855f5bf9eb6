package dev.lectern.bench;

import dev.lectern.schemas.config.UserMistakeException;
import java.nio.file.Path;

/**
 * A teacher and images that a benchmark uses instead of a stand-in and made-up images.
 *
 * @param descriptor of the teacher; null for a stand-in
 * @param model its model file; null for a stand-in
 * @param annotations COCO annotations; null for made-up images
 * @param images folder of the images; null for made-up ones
 */
record RealTeacher(Path descriptor, Path model, Path annotations, Path images) {
  static final RealTeacher NONE = new RealTeacher(null, null, null, null);

  /** Refuses one of two that belong together. */
  RealTeacher {
    together("--teacher", descriptor, "--model", model);
    together("--annotations", annotations, "--images", images);
  }

  private static void together(String name, Object value, String other, Object otherValue) {
    if ((value == null) != (otherValue == null)) {
      throw new UserMistakeException(name + " and " + other + ": expected both or neither");
    }
  }

  boolean isStandIn() {
    return descriptor == null;
  }

  /** Whether teacher and images are both real. */
  boolean isComplete() {
    return descriptor != null && annotations != null;
  }
}
