package dev.lectern.producer.dataset;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.BooleanSupplier;

/**
 * Which images are left out, by split; those that nobody annotated apart from the others.
 *
 * <p>Safe for use by several threads.
 */
final class LostImages {
  /** So many images of a part tell whether it must be looked at in full. */
  private static final int SAMPLE = 100;

  private final Map<String, Losses> parts = new TreeMap<>();

  private static String part(String split, boolean labelled) {
    return (labelled ? "split " : "unlabelled images of split ") + split;
  }

  /**
   * An image is left out.
   *
   * @param labelled whether it is of an annotated source
   * @param example where it is and what was found
   */
  synchronized void lose(Problem cause, String split, boolean labelled, String example) {
    losses(part(split, labelled)).lose(cause, example);
  }

  /** Views of an image were made. */
  synchronized void keep(AnnotatedImage image) {
    losses(part(image.split(), image.labelled())).keep();
  }

  private Losses losses(String part) {
    return parts.computeIfAbsent(part, name -> new Losses());
  }

  /**
   * Checks what is left of each part.
   *
   * @throws dev.lectern.schemas.config.UserMistakeException if it is less than half, or nothing
   */
  synchronized void check() {
    parts.forEach(LostImages::check);
  }

  private static void check(String part, Losses losses) {
    losses.requireMost(
        part, "images", true, "correct them, or list the images to take in a split-file");
  }

  /**
   * Foresees {@link #check()} before any view is made: opens images, all of a part if a sample of
   * it loses a quarter. Decoding may find more that cannot be used.
   *
   * @param stopped ends it where it is, with nothing said
   */
  synchronized void foresee(List<AnnotatedImage> images, long maxPixels, BooleanSupplier stopped) {
    Map<String, List<AnnotatedImage>> imagesOf = new TreeMap<>();
    parts.keySet().forEach(part -> imagesOf.put(part, new ArrayList<>()));
    for (AnnotatedImage image : images) {
      imagesOf
          .computeIfAbsent(part(image.split(), image.labelled()), part -> new ArrayList<>())
          .add(image);
    }
    imagesOf.forEach(
        (part, all) -> {
          long before = losses(part).lost();
          int step = Math.max(1, all.size() / SAMPLE);
          Losses seen = opened(part, all, step, maxPixels, stopped);
          long lost = before + step * (seen.lost() - before);
          if (step > 1 && lost * 4 < before + all.size()) {
            return;
          }
          Losses whole = step > 1 ? opened(part, all, 1, maxPixels, stopped) : seen;
          if (!stopped.getAsBoolean()) {
            check(part, whole);
          }
        });
  }

  /** With what was lost before, every so many images of a part. */
  private Losses opened(
      String part, List<AnnotatedImage> images, int step, long maxPixels, BooleanSupplier stopped) {
    Losses seen = losses(part).copy();
    long all = seen.lost() + images.size();
    for (int i = 0;
        i < images.size() && !seen.keepsHalf(all) && !stopped.getAsBoolean();
        i += step) {
      AnnotatedImage image = images.get(i);
      try {
        SourceImage.open(image, maxPixels, new PendingProblems());
        seen.keep();
      } catch (UnusableImageException e) {
        seen.lose(e.problem(), image.file() + ": " + e.getMessage());
      }
    }
    return seen;
  }
}
