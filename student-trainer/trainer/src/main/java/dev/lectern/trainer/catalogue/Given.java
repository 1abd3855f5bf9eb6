package dev.lectern.trainer.catalogue;

import dev.lectern.schemas.config.Nearest;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.DoublePredicate;

/**
 * Key-value pairs of a configuration while they are read: each key is taken once, what is left in
 * the end is unknown, and every mistake is kept so that all are told at once.
 */
final class Given {
  private final Map<String, Object> left = new LinkedHashMap<>();
  private final List<String> known = new ArrayList<>();
  private final List<String> problems;
  private final String prefix;

  /** Keys may be written with underscores. */
  Given(Map<?, ?> pairs, String prefix, List<String> problems) {
    pairs.forEach((key, value) -> left.put(String.valueOf(key).replace('_', '-'), value));
    this.prefix = prefix;
    this.problems = problems;
  }

  /** The value of a key; null if it is not given. */
  Object take(String key) {
    known.add(key);
    return left.remove(key);
  }

  void wrong(String key, Object found, String expected) {
    problems.add(prefix + key + ": found " + found + ", expected " + expected);
  }

  double number(String key, double start, DoublePredicate allowed, String expected) {
    Object given = take(key);
    if (given == null) {
      return start;
    }
    if (given instanceof Number number && allowed.test(number.doubleValue())) {
      return number.doubleValue();
    }
    wrong(key, given, expected);
    return start;
  }

  /** One of some values of an enumeration, the first by default. */
  <E extends Enum<E>> E word(String key, List<E> allowed, String forWhat) {
    Object given = take(key);
    if (given == null) {
      return allowed.get(0);
    }
    for (E value : allowed) {
      if (LossConfig.key(value).equals(String.valueOf(given).toLowerCase(Locale.ROOT))) {
        return value;
      }
    }
    List<String> words = allowed.stream().map(LossConfig::key).toList();
    wrong(key, given, String.join(", ", words) + forWhat);
    return allowed.get(0);
  }

  /** Refuses a key that exists for others. */
  void refuse(String key, String expected) {
    Object given = left.remove(key);
    if (given != null) {
      wrong(key, given, expected);
    }
  }

  /** Refuses what was not taken. */
  void end() {
    for (String key : left.keySet()) {
      problems.add(
          "unknown key '"
              + prefix
              + key
              + "'"
              + Nearest.hint(key, known)
              + "; known here: "
              + String.join(", ", known));
    }
  }
}
