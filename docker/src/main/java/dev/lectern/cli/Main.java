package dev.lectern.cli;

/** Entry point of {@code lectern}. */
public final class Main {
  private Main() {}

  public static void main(String[] arguments) {
    System.exit(CommandLines.lectern().execute(arguments));
  }
}
