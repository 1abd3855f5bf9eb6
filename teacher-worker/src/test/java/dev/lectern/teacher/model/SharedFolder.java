package dev.lectern.teacher.model;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;

/** The folder of real models and images; tests that need it are skipped where it is absent. */
public final class SharedFolder {
  private SharedFolder() {}

  /** A file or folder in it. */
  public static Path resolve(String path) {
    Path file = Path.of(System.getProperty("lectern.shared", "absent")).resolve(path);
    assumeTrue(Files.exists(file), () -> "needs " + path + " of the shared folder");
    return file;
  }

  /** A descriptor that ships with Lectern. */
  public static Path descriptor(String name) {
    return Path.of("..", "docker", "teachers", name + ".yaml");
  }
}
