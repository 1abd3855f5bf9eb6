package dev.lectern.schemas.config;

import java.math.BigDecimal;

/** A whole number in any notation: {@code 7}, {@code 7.0}, {@code 7e+00}, {@code " 7 "}. */
public final class WholeNumber {
  /** Longer texts are not numbers that anybody wrote. */
  private static final int MAX_LENGTH = 100;

  private WholeNumber() {}

  /**
   * The value of a text.
   *
   * @return null if the text is null, no number, has a fraction, or does not fit 64 bits
   */
  public static Long of(String text) {
    if (text == null || text.length() > MAX_LENGTH) {
      return null;
    }
    try {
      return new BigDecimal(text.strip()).longValueExact();
    } catch (NumberFormatException | ArithmeticException e) {
      return null;
    }
  }
}
