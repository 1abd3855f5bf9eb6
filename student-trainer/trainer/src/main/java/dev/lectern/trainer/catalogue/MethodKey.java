package dev.lectern.trainer.catalogue;

import java.util.List;
import java.util.Locale;

/**
 * A key that belongs to one method.
 *
 * @param name as configurations write it
 * @param meaning in a few words
 * @param kind what values look like
 * @param start default value; null where the method decides
 * @param least smallest number
 * @param most largest number
 * @param choices the words, for {@link Kind#CHOICE}
 */
public record MethodKey(
    String name,
    String meaning,
    Kind kind,
    Object start,
    double least,
    double most,
    List<String> choices) {
  /** What values look like. */
  public enum Kind {
    NUMBER,
    WHOLE,
    CHOICE
  }

  /** A number of at least {@code least}. */
  public static MethodKey number(String name, double start, double least, String meaning) {
    return between(name, start, least, Double.POSITIVE_INFINITY, meaning);
  }

  /** A number in a range, both ends included. */
  public static MethodKey between(
      String name, double start, double least, double most, String meaning) {
    return new MethodKey(name, meaning, Kind.NUMBER, start, least, most, List.of());
  }

  /** A number whose default depends on other keys, as {@code meaning} explains. */
  public static MethodKey dependent(String name, double least, String meaning) {
    return new MethodKey(
        name, meaning, Kind.NUMBER, null, least, Double.POSITIVE_INFINITY, List.of());
  }

  /** A whole number of at least {@code least}. */
  public static MethodKey whole(String name, int start, int least, String meaning) {
    return new MethodKey(
        name, meaning, Kind.WHOLE, start, least, Double.POSITIVE_INFINITY, List.of());
  }

  /** One of some words; the first is the default. */
  public static MethodKey choice(String name, String meaning, String... choices) {
    return new MethodKey(name, meaning, Kind.CHOICE, choices[0], 0, 0, List.of(choices));
  }

  /** The default as a configuration would write it. */
  public String shownStart() {
    return start == null ? "-" : LossConfig.shown(start);
  }

  /** What is allowed, in words. */
  public String range() {
    if (kind == Kind.CHOICE) {
      return "one of " + String.join(", ", choices);
    }
    String number = kind == Kind.WHOLE ? "a whole number, " : "";
    return number
        + (Double.isInfinite(most)
            ? LossConfig.shown(least) + " or more"
            : LossConfig.shown(least) + " to " + LossConfig.shown(most));
  }

  /**
   * The value of something that stands in a configuration.
   *
   * @throws IllegalArgumentException if it is not allowed; the message names key, finding and range
   */
  Object parse(Object given) {
    switch (kind) {
      case CHOICE -> {
        String word = given instanceof String text ? text.toLowerCase(Locale.ROOT) : "";
        if (choices.contains(word)) {
          return word;
        }
      }
      case WHOLE -> {
        if (given instanceof Integer number && number >= least) {
          return number;
        }
      }
      case NUMBER -> {
        if (given instanceof Number number
            && number.doubleValue() >= least
            && number.doubleValue() <= most) {
          return number.doubleValue();
        }
      }
    }
    throw new IllegalArgumentException(name + ": found " + given + ", expected " + range());
  }
}
