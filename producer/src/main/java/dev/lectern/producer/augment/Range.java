package dev.lectern.producer.augment;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import dev.lectern.schemas.config.UserMistakeException;
import java.util.List;
import java.util.Objects;

/**
 * Numbers from low to high, written {@code [low, high]}.
 *
 * @param low at most high
 * @param high finite
 */
public record Range(double low, double high) {
  /** The range of the one number 1. */
  static final Range ONE = new Range(1, 1);

  /** The range of the one number 0. */
  static final Range ZERO = new Range(0, 0);

  public Range {
    if (!(low <= high && Double.isFinite(low) && Double.isFinite(high))) {
      throw new UserMistakeException(
          "found [" + low + ", " + high + "], expected [low, high] with low at most high");
    }
  }

  @JsonCreator(mode = JsonCreator.Mode.DELEGATING)
  static Range of(List<Double> numbers) {
    if (numbers.size() != 2 || numbers.stream().anyMatch(Objects::isNull)) {
      throw new UserMistakeException("found " + numbers + ", expected [low, high]");
    }
    return new Range(numbers.get(0), numbers.get(1));
  }

  /**
   * @param at 0 to 1
   * @return the number that far from low to high
   */
  double at(double at) {
    return low + at * (high - low);
  }

  /**
   * @param key names the range in the message
   * @throws UserMistakeException if the range reaches beyond min or max
   */
  Range within(String key, double min, double max) {
    if (low < min || high > max) {
      throw new UserMistakeException(
          key
              + ": found ["
              + low
              + ", "
              + high
              + "], expected numbers between "
              + min
              + " and "
              + max);
    }
    return this;
  }

  @JsonValue
  List<Double> toList() {
    return List.of(low, high);
  }
}
