package dev.lectern.cli;

import picocli.CommandLine.Option;

/** How results are written. */
final class RecordingsOutput {
  @Option(names = "--json", description = "Write JSON on standard output.")
  private boolean json;

  boolean json() {
    return json;
  }
}
