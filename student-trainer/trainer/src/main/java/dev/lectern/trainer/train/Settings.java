package dev.lectern.trainer.train;

/** Checks of configuration values; the message says what was found and what was expected. */
final class Settings {
  private Settings() {}

  static void require(boolean holds, String key, Object found, String expected) {
    if (!holds) {
      throw new IllegalArgumentException(key + ": found " + found + ", expected " + expected);
    }
  }
}
