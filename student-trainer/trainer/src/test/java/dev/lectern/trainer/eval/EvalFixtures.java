package dev.lectern.trainer.eval;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;

/** The evaluation fixtures of the shared folder. */
final class EvalFixtures {
  private EvalFixtures() {}

  static Path folder(String name) {
    return below("data/eval-fixtures/" + name);
  }

  /** Files that users reported. */
  static Path field(String name) {
    return below("field/data/" + name);
  }

  private static Path below(String path) {
    Path folder = Path.of(System.getProperty("lectern.shared", "")).resolve(path);
    assumeTrue(
        Files.isDirectory(folder),
        "skipped: needs " + path + " below the folder that -Dlectern.shared names");
    return folder;
  }
}
