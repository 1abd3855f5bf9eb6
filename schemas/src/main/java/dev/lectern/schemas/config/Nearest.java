package dev.lectern.schemas.config;

import java.util.Collection;
import java.util.Comparator;
import java.util.Optional;
import org.apache.commons.text.similarity.LevenshteinDistance;

/** Finds the known name that an unknown one was probably meant to be. */
public final class Nearest {
  private static final LevenshteinDistance DISTANCE = LevenshteinDistance.getDefaultInstance();

  private Nearest() {}

  /**
   * The candidate with the smallest edit distance, when that is small enough for a slip of the
   * keyboard.
   *
   * @return empty when nothing is closer than half the length of {@code name}
   */
  public static Optional<String> to(String name, Collection<String> candidates) {
    return candidates.stream()
        .min(Comparator.comparingInt((String c) -> DISTANCE.apply(name, c)).thenComparing(c -> c))
        .filter(c -> DISTANCE.apply(name, c) <= Math.max(2, name.length() / 2));
  }

  /** The candidate with the smallest edit distance, if that is no more than {@code edits}. */
  public static Optional<String> within(int edits, String name, Collection<String> candidates) {
    return to(name, candidates).filter(c -> DISTANCE.apply(name, c) <= edits);
  }

  /** {@code " (did you mean 'x'?)"}, or nothing. */
  public static String hint(String name, Collection<String> candidates) {
    return to(name, candidates).map(c -> " (did you mean '" + c + "'?)").orElse("");
  }
}
