package dev.lectern.producer.dataset;

import dev.lectern.schemas.config.UserMistakeException;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Which boxes were dropped, by split, class and cause; a dataset most of whose boxes are dropped
 * would be published as background.
 *
 * <p>Not safe for use by several threads.
 */
final class DroppedBoxes {
  /** A few bad boxes are left out and counted, whatever their share. */
  static final long FEW = 4;

  private static final class Scope {
    private final Map<Problem, Long> causes = new EnumMap<>(Problem.class);
    private long dropped;
    private long kept;
    private String first;

    void drop(Problem cause, String example) {
      causes.merge(cause, 1L, Long::sum);
      dropped++;
      first = first == null ? example : first;
    }

    boolean mostly() {
      return dropped > kept;
    }
  }

  private final Scope dataset = new Scope();
  private final Map<String, Scope> splits = new LinkedHashMap<>();
  private final Map<String, Scope> classes = new LinkedHashMap<>();
  private final MisreadBoxes misread = new MisreadBoxes();

  /**
   * A box is dropped.
   *
   * @param className as the annotations write it; null if they do not tell
   * @param example where it is and what was found
   */
  void drop(Problem cause, String split, String className, String example) {
    dataset.drop(cause, example);
    scope(splits, split).drop(cause, example);
    if (className != null) {
      scope(classes, className).drop(cause, example);
    }
  }

  /** Whether none was dropped. */
  boolean isEmpty() {
    return dataset.dropped == 0;
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
        dataset.kept++;
        scope(splits, image.split()).kept++;
        scope(classes, className).kept++;
      }
    }
  }

  /**
   * @throws UserMistakeException if more than half of the boxes of the dataset, a split or a class
   *     are dropped, and more than {@link #FEW}; or all of the dataset or a split; or those that
   *     are left are plainly of another form
   */
  void check() {
    check("dataset", dataset, true);
    splits.forEach((name, scope) -> check("split " + name, scope, true));
    classes.forEach((name, scope) -> check("class " + name, scope, false));
    misread.check();
  }

  private static void check(String what, Scope scope, boolean all) {
    boolean nothingLeft = all && scope.kept == 0 && scope.dropped > 0;
    if (!nothingLeft && !(scope.mostly() && scope.dropped > FEW)) {
      return;
    }
    Map<String, Long> causes = new TreeMap<>();
    scope.causes.forEach((cause, count) -> causes.put(cause.label(), count));
    throw new UserMistakeException(
        what
            + ": "
            + scope.dropped
            + " of "
            + (scope.dropped + scope.kept)
            + " boxes cannot be used "
            + causes
            + ", expected at most half; the first: "
            + scope.first
            + "; correct the annotations or the list of classes");
  }

  private static Scope scope(Map<String, Scope> scopes, String name) {
    return scopes.computeIfAbsent(name, n -> new Scope());
  }
}
