package dev.lectern.trainer.distil;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/**
 * The levels that a run chose for a loss.
 *
 * @param chosen ascending, 0 is the finest; empty for all
 */
public record Levels(List<Integer> chosen) {
  /** What the key means. */
  static final String MEANING = "a list such as [0, 1], 0 is the finest";

  /** Every level. */
  public static final Levels ALL = new Levels(List.of());

  /** Sorts them. */
  public Levels {
    chosen = chosen.stream().sorted().toList();
  }

  /**
   * From a configuration.
   *
   * @param given {@code all}, or a list
   * @throws IllegalArgumentException if it is neither
   */
  @JsonCreator(mode = JsonCreator.Mode.DELEGATING)
  static Levels of(Object given) {
    if ("all".equals(given)) {
      return ALL;
    }
    List<Integer> levels = new ArrayList<>();
    if (given instanceof List<?> list) {
      for (Object level : list) {
        if (level instanceof Integer number && number >= 0 && !levels.contains(number)) {
          levels.add(number);
        }
      }
      if (levels.size() == list.size()) {
        return new Levels(levels);
      }
    }
    throw new IllegalArgumentException(
        "found " + given + ", expected a list of different levels, 0 is the finest");
  }

  /** As a configuration writes them. */
  @JsonValue
  Object toYaml() {
    return chosen.isEmpty() ? "all" : chosen;
  }

  /** Their places among the levels that losses see. */
  List<Integer> of(Pairing pairing) {
    return chosen.isEmpty()
        ? IntStream.range(0, pairing.levels()).boxed().toList()
        : chosen.stream().map(pairing.numbers()::indexOf).toList();
  }
}
