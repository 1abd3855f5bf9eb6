package dev.lectern.producer.dataset;

import dev.lectern.schemas.config.UserMistakeException;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Counts problems by name and logs each with the file and the reason.
 *
 * <p>The first {@value #LOGGED} of a name are logged at WARN (INFO where the thing was repaired),
 * further ones at DEBUG, so that a dataset of grayscale images does not drown the rest. Safe for
 * use by several threads.
 */
public sealed class Problems permits PendingProblems {
  static final int LOGGED = 20;

  private static final Logger LOG = LoggerFactory.getLogger(Problems.class);

  private final Map<Problem, LongAdder> counts = new EnumMap<>(Problem.class);
  private final Consumer<Problem> listener;
  private final DroppedBoxes dropped = new DroppedBoxes();
  private final LostImages lost = new LostImages();
  private final AtomicReference<String> first = new AtomicReference<>();

  public Problems() {
    this(problem -> {});
  }

  /**
   * @param listener called once per report, on the reporting thread
   */
  public Problems(Consumer<Problem> listener) {
    this.listener = listener;
    for (Problem problem : Problem.values()) {
      counts.put(problem, new LongAdder());
    }
  }

  /**
   * Counts one problem.
   *
   * @param where file name, and within it the image, line or annotation
   * @param reason what was found, and what was expected where that is not obvious
   */
  public void report(Problem problem, String where, String reason) {
    LongAdder count = counts.get(problem);
    count.increment();
    long n = count.sum();
    if (problem.effect() == Problem.Effect.IMAGE_LEFT_OUT) {
      first.compareAndSet(null, where + ": " + reason);
    }
    String message = "{} {}: {}";
    if (n > LOGGED) {
      LOG.debug(message, problem.label(), where, reason);
    } else if (problem.effect() == Problem.Effect.REPAIRED) {
      LOG.info(message, problem.label(), where, reason);
    } else {
      LOG.warn(message, problem.label(), where, reason);
    }
    if (n == LOGGED) {
      LOG.info("{}: further ones are counted, and logged at DEBUG only", problem.label());
    }
    listener.accept(problem);
  }

  /**
   * Counts a box that a reader of annotations drops. Not safe for use by several threads.
   *
   * @param split that it is in
   * @param className its class as the annotations write it; null if they do not tell
   */
  void dropBox(Problem problem, String split, String className, String where, String reason) {
    report(problem, where, reason);
    dropped.drop(problem, split, className, where + ": " + reason);
  }

  /**
   * Counts an image of an annotated source that its reader leaves out.
   *
   * @param split that it is in
   */
  void dropImage(Problem problem, String split, String where, String reason) {
    report(problem, where, reason);
    lost.lose(problem, split, true, where + ": " + reason);
  }

  /** Counts an image of which no view can be made. */
  public void leaveOut(AnnotatedImage image, UnusableImageException why) {
    String file = image.file().toString();
    report(why.problem(), file, why.getMessage());
    lost.lose(why.problem(), image.split(), image.labelled(), file + ": " + why.getMessage());
  }

  /** Counts an image of which views were made. */
  public void keep(AnnotatedImage image) {
    lost.keep(image);
  }

  /**
   * Checks before any view is made that {@link #requireMostImages()} will hold, as far as headers
   * tell.
   *
   * @param maxPixels an image with more is unusable
   * @param stopped ends it where it is, with nothing said
   */
  public void foreseeMostImages(AnnotatedDataset dataset, long maxPixels, BooleanSupplier stopped) {
    lost.foresee(dataset.images(), maxPixels, stopped);
  }

  /**
   * Checks what is left of the images after all of them were kept or left out.
   *
   * @throws UserMistakeException if more than half of a split's cannot be used, and more than
   *     {@link Losses#FEW}, or all
   */
  public void requireMostImages() {
    lost.check();
  }

  /**
   * Checks what is left of a dataset that was read with this object, before anything is made of it.
   * Boxes outside their images count as dropped.
   *
   * @throws UserMistakeException if more than half of the boxes of the dataset, a split or a class
   *     cannot be used, the boxes are plainly of another form, or there is no class
   */
  public void requireMostBoxes(AnnotatedDataset dataset) {
    if (dataset.classNames().isEmpty() && dropped.isEmpty()) {
      throw new UserMistakeException(
          "dataset: found no object in the annotations of any of its "
              + dataset.images().size()
              + " images, so no class; expected some, or class-names");
    }
    for (AnnotatedImage image : dataset.images()) {
      dropped.count(image, dataset.classNames());
    }
    dropped.check();
    List<AnnotatedImage> annotated =
        dataset.images().stream()
            .filter(image -> image.labelled() && image.pixels() == null)
            .toList();
    if (!annotated.isEmpty() && annotated.stream().allMatch(image -> image.boxes().isEmpty())) {
      LOG.warn(
          "none of the {} annotated images has an object: all of them are background; images that"
              + " nobody annotated are a source with unlabelled: yes",
          annotated.size());
    }
  }

  public long count(Problem problem) {
    return counts.get(problem).sum();
  }

  /** Number of reports of all problems. */
  public long total() {
    return counts.values().stream().mapToLong(LongAdder::sum).sum();
  }

  /** Why no image is left: the counts and the first image that was left out; else empty. */
  public String whyNone() {
    return first.get() == null ? "" : " " + byName() + "; the first: " + first.get();
  }

  /** The counts that are not 0, by name. */
  public Map<String, Long> byName() {
    Map<String, Long> named = new TreeMap<>();
    counts.forEach(
        (problem, count) -> {
          if (count.sum() > 0) {
            named.put(problem.label(), count.sum());
          }
        });
    return named;
  }
}
