package dev.lectern.producer;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;

/** The folder of real data; tests that need it are skipped where it is absent. */
public final class Shared {
  private Shared() {}

  /** A folder or file below {@code data}. */
  public static Path data(String... names) {
    return below("data", names);
  }

  /** The folder of a dataset as somebody reported it, below {@code field/data}. */
  public static Path field(String name) {
    return below("field", "data", name);
  }

  private static Path below(String first, String... names) {
    String root = System.getProperty("lectern.shared", "");
    Path path = Path.of(root, first);
    for (String name : names) {
      path = path.resolve(name);
    }
    assumeTrue(!root.isEmpty() && Files.exists(path), "real data are not here: " + path);
    return path;
  }
}
