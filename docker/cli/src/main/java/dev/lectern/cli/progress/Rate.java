package dev.lectern.cli.progress;

import java.util.Locale;

/** How fast a job is, as text: {@code 12.3 views/s}, or {@code 2.5 s/view} of a slow one. */
final class Rate {
  private Rate() {}

  /**
   * @param unit what is counted, a plural
   */
  static String of(long done, double seconds, String unit) {
    return done > 0 && seconds > done
        ? String.format(Locale.ROOT, "%.1f s/%s", seconds / done, singular(unit))
        : String.format(Locale.ROOT, "%.1f %s/s", seconds > 0 ? done / seconds : 0, unit);
  }

  private static String singular(String plural) {
    return plural.endsWith("sses")
        ? plural.substring(0, plural.length() - 2)
        : plural.endsWith("s") ? plural.substring(0, plural.length() - 1) : plural;
  }
}
