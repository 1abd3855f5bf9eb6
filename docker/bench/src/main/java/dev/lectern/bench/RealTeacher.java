package dev.lectern.bench;

import dev.lectern.schemas.config.UserMistakeException;
import java.nio.file.Path;

/**
 * A teacher and images that a benchmark uses instead of a stand-in and made-up images.
 *
 * @param descriptor of the teacher, or what a stand-in takes its shapes from; null for one of the
 *     sizes of NanoDet-Plus-m-1.5x
 * @param model its model file; null for a stand-in
 * @param annotations COCO annotations; null for made-up images
 * @param images folder of the images; null for made-up ones
 */
record RealTeacher(Path descriptor, Path model, Path annotations, Path images) {
  static final RealTeacher NONE = new RealTeacher(null, null, null, null);

  /** Refuses what needs another option beside it. */
  RealTeacher {
    if (model != null && descriptor == null) {
      throw new UserMistakeException("--model: expected --teacher beside it");
    }
    if ((annotations == null) != (images == null)) {
      throw new UserMistakeException("--annotations and --images: expected both or neither");
    }
  }

  boolean isStandIn() {
    return model == null;
  }

  /** Whether teacher and images are both real. */
  boolean isComplete() {
    return model != null && annotations != null;
  }
}
