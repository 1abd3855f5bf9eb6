package dev.lectern.watch.terminal;

/** How words are set off on a terminal. */
public enum Ink {
  /** Not at all: for files and pipes. */
  PLAIN,
  /** With ANSI colours; colour is never the only sign. */
  COLOURS;

  private static final String RESET = "\u001b[0m";

  /** Set to {@code true} by the launcher when standard output is a terminal. */
  public static final String TERMINAL_PROPERTY = "lectern.terminal.out";

  /** Colours where standard output is a terminal and {@code NO_COLOR} is not set. */
  public static Ink ofStandardOutput() {
    String noColor = System.getenv("NO_COLOR");
    return Boolean.getBoolean(TERMINAL_PROPERTY) && (noColor == null || noColor.isEmpty())
        ? COLOURS
        : PLAIN;
  }

  /** A line without its colours. */
  static String visible(String line) {
    return line.replaceAll("\u001b\\[[0-9;]*m", "");
  }

  String heading(String text) {
    return wrap("\u001b[1m", text);
  }

  String faint(String text) {
    return wrap("\u001b[2m", text);
  }

  /**
   * A state word with its padding.
   *
   * @param padded the state, padded to its column
   */
  String state(String padded) {
    return switch (padded.strip()) {
      case "working", "sealed" -> wrap("\u001b[32m", padded);
      case "failed", "lost" -> wrap("\u001b[1;31m", padded);
      case "draining" -> wrap("\u001b[33m", padded);
      default -> padded;
    };
  }

  String alarm(String text) {
    return wrap("\u001b[31m", text);
  }

  private String wrap(String code, String text) {
    return this == PLAIN ? text : code + text + RESET;
  }
}
