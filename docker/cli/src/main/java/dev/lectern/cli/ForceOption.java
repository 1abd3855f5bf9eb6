package dev.lectern.cli;

import dev.lectern.schemas.file.OutputFile;
import java.nio.file.Path;
import picocli.CommandLine.Option;

/** Whether a command may replace files that it did not make. */
final class ForceOption {
  @Option(
      names = "--force",
      description = "Replace files that are already there, whatever they are.")
  private boolean force;

  /**
   * Refuses a file that would be replaced without having been made by this command.
   *
   * @param mark how the command recognises its own files
   * @param others the options that choose another file, such as {@code "--out"}
   * @throws dev.lectern.schemas.config.UserMistakeException if such a file is there and {@code
   *     --force} is not given
   */
  void requireFree(Path file, OutputFile.Mark mark, String others) {
    if (!force) {
      OutputFile.requireFree(
          file, mark, "choose another " + others + ", or replace it with --force");
    }
  }
}
