package dev.lectern.schemas.config;

/** Messages of other libraries, which may have many lines, in one. */
public final class OneLine {
  private OneLine() {}

  /** The text with a space for every line break and what surrounds it. */
  public static String of(String text) {
    return text.strip().replaceAll("\\s*\\R\\s*", " ");
  }

  /**
   * What went wrong: the message, or the kind of failure where it has none.
   *
   * @param maxChars longer ones are cut
   */
  public static String of(Throwable failure, int maxChars) {
    String line = of(failure.getMessage() == null ? failure.toString() : failure.getMessage());
    return line.length() <= maxChars ? line : line.substring(0, maxChars);
  }
}
