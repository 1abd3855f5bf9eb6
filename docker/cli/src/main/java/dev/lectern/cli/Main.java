package dev.lectern.cli;

import dev.lectern.experiment.process.EndWithParent;
import java.util.Locale;

/** Entry point of {@code lectern}. */
public final class Main {
  private Main() {}

  public static void main(String[] arguments) {
    // Numbers are read by scripts too: the same digits and points in every language.
    Locale.setDefault(Locale.ROOT);
    EndWithParent.watch(ExitCode.TERMINATED);
    System.exit(CommandLines.lectern().execute(arguments));
  }
}
