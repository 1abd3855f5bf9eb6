package dev.lectern.teacher.recording;

import dev.lectern.schemas.record.DatasetManifest;
import dev.lectern.schemas.record.InputResize;
import dev.lectern.schemas.record.TeacherDescriptor;
import java.util.Locale;
import java.util.Optional;

/**
 * Compares how a dataset's images were resized with what the teacher learned from: another resize
 * costs some AP, and nothing else shows it.
 */
public final class ResizeCheck {
  private static final String KEY = "resize: ";

  private ResizeCheck() {}

  /** What does not fit, as a sentence; empty if either of the two does not say. */
  static Optional<String> difference(DatasetManifest dataset, TeacherDescriptor teacher) {
    return dataset
        .getPlan()
        .lines()
        .filter(line -> line.startsWith(KEY))
        .map(line -> line.substring(KEY.length()).replace("\"", "").strip())
        .findFirst()
        .flatMap(resize -> difference("dataset '" + dataset.getName() + "'", resize, teacher));
  }

  /**
   * As above, for images that are yet to be published.
   *
   * @param images what is resized, as a message names it
   * @param resize letterbox or stretch
   */
  public static Optional<String> difference(
      String images, String resize, TeacherDescriptor teacher) {
    InputResize trained = teacher.getInputResize();
    if (trained == InputResize.UNKNOWN || trained.name().equalsIgnoreCase(resize)) {
      return Optional.empty();
    }
    String wanted = trained.name().toLowerCase(Locale.ROOT);
    return Optional.of(
        images
            + " has resize "
            + resize
            + ", teacher '"
            + teacher.getName()
            + "' was trained with "
            + wanted
            + " and loses AP: publish with --resize "
            + wanted
            + ", or measure both with lectern check");
  }
}
