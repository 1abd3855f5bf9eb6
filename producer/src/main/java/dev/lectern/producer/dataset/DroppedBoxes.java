package dev.lectern.producer.dataset;

import dev.lectern.schemas.config.UserMistakeException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Which boxes were dropped, by split, class and cause; a dataset most of whose boxes are dropped
 * would be published as background.
 *
 * <p>Not safe for use by several threads.
 */
final class DroppedBoxes {
  private final Losses dataset = new Losses();
  private final Map<String, Losses> splits = new LinkedHashMap<>();
  private final Map<String, Losses> classes = new LinkedHashMap<>();
  private final MisreadBoxes misread = new MisreadBoxes();

  /**
   * A box is dropped.
   *
   * @param className as the annotations write it; null if they do not tell
   * @param example where it is and what was found
   */
  void drop(Problem cause, String split, String className, String example) {
    dataset.lose(cause, example);
    losses(splits, split).lose(cause, example);
    if (className != null) {
      losses(classes, className).lose(cause, example);
    }
  }

  /** Whether none was dropped. */
  boolean isEmpty() {
    return dataset.lost() == 0;
  }

  /** The boxes of an image are kept, but for those that do not touch it. */
  void count(AnnotatedImage image, List<String> classNames) {
    if (image.boxes().isEmpty()) {
      return;
    }
    double[] size = SourceImage.annotatedSize(image);
    misread.count(image, size);
    for (AnnotatedBox box : image.boxes()) {
      String className = classNames.get(box.label());
      if (size != null && Boxes.outside(box, size[0], size[1])) {
        drop(
            Problem.BOX_OUTSIDE_IMAGE,
            image.split(),
            className,
            image.file().getFileName()
                + " annotation "
                + box.annotationId()
                + ": found left, top, width, height "
                + Boxes.text(box.x(), box.y(), box.width(), box.height())
                + " in an image of "
                + Boxes.text(size));
      } else {
        dataset.keep();
        losses(splits, image.split()).keep();
        losses(classes, className).keep();
      }
    }
  }

  /**
   * @throws UserMistakeException if more than half of the boxes of the dataset, a split or a class
   *     are dropped, and more than {@link Losses#FEW}; or all of the dataset or a split; or those
   *     that are left are plainly of another form
   */
  void check() {
    check("dataset", dataset, true);
    splits.forEach((name, losses) -> check("split " + name, losses, true));
    classes.forEach((name, losses) -> check("class " + name, losses, false));
    misread.check();
  }

  private static void check(String what, Losses losses, boolean some) {
    losses.requireMost(what, "boxes", some, "correct the annotations or the list of classes");
  }

  private static Losses losses(Map<String, Losses> scopes, String name) {
    return scopes.computeIfAbsent(name, n -> new Losses());
  }
}
