package dev.lectern.trainer.eval;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;

/** The evaluation fixtures of the shared folder. */
final class EvalFixtures {
  private EvalFixtures() {}

  static Path folder(String name) {
    String shared = System.getProperty("lectern.shared", "");
    Path folder = Path.of(shared, "data", "eval-fixtures", name);
    assumeTrue(
        Files.isDirectory(folder),
        "skipped: needs data/eval-fixtures/"
            + name
            + " below the folder that -Dlectern.shared names");
    return folder;
  }
}
