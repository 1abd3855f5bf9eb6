package dev.lectern.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/**
 * A folder that is gone, with all in it, when it is closed.
 *
 * @param path of the folder
 */
public record ScratchFolder(Path path) implements AutoCloseable {
  /**
   * Makes one.
   *
   * @param parent null for where the system keeps such
   */
  public static ScratchFolder in(Path parent) throws IOException {
    return new ScratchFolder(
        parent == null
            ? Files.createTempDirectory("lectern-bench")
            : Files.createTempDirectory(Files.createDirectories(parent), "lectern-bench"));
  }

  @Override
  public void close() throws IOException {
    List<Path> paths = new ArrayList<>();
    try (Stream<Path> found = Files.walk(path)) {
      found.sorted(Comparator.reverseOrder()).forEach(paths::add);
    }
    for (Path each : paths) {
      Files.deleteIfExists(each);
    }
  }
}
