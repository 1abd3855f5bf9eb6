package dev.lectern.cli;

import dev.lectern.demo.process.EndWithParent;

/** Entry point of {@code lectern}. */
public final class Main {
  private Main() {}

  public static void main(String[] arguments) {
    EndWithParent.watch(ExitCode.TERMINATED);
    System.exit(CommandLines.lectern().execute(arguments));
  }
}
