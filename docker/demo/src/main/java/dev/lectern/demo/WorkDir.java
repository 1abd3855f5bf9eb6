package dev.lectern.demo;

import dev.lectern.schemas.config.FileError;
import dev.lectern.schemas.config.UserMistakeException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The folder that a demo works in. Of a folder that an earlier demo made, what demos write is
 * deleted first and everything else stays; any other folder must be empty or absent.
 */
final class WorkDir {
  private static final String MARK = ".lectern-demo";
  private static final List<String> BULKY = List.of("broker", "ledger", "pictures", "teacher");
  private static final List<String> SHARED_WITH_USER = List.of("config", "logs", "runs");

  /** Names of runs, and of settings and logs of roles; a user's own may lie beside them. */
  private static final Pattern OWN_NAME =
      Pattern.compile(
          "((train-)?("
              + Arrays.stream(Variant.values()).map(Variant::label).collect(Collectors.joining("|"))
              + ")-\\d+|publish|ledger|teacher-\\d+)(\\.yaml|\\.log)?");

  private final Path folder;

  private WorkDir(Path folder) {
    this.folder = folder;
  }

  /**
   * Prepares the folder.
   *
   * @throws UserMistakeException if it holds something that no demo made
   */
  static WorkDir prepare(Path folder) throws IOException {
    if (Files.exists(folder) && !Files.isDirectory(folder)) {
      throw new UserMistakeException("work directory " + folder + ": it is a file");
    }
    try {
      Files.createDirectories(folder);
    } catch (IOException e) {
      throw new UserMistakeException(
          "work directory " + folder + ": cannot be made: " + FileError.describe(e), e);
    }
    if (Files.exists(folder.resolve(MARK))) {
      for (String name : BULKY) {
        delete(folder.resolve(name));
      }
      delete(folder.resolve("report.html"));
      for (String name : SHARED_WITH_USER) {
        deleteOwn(folder.resolve(name));
      }
    } else {
      try (Stream<Path> content = Files.list(folder)) {
        if (content.findAny().isPresent()) {
          throw new UserMistakeException(
              "work directory "
                  + folder
                  + ": it is not empty and no earlier demo made it; choose another with --work-dir");
        }
      }
      Files.createFile(folder.resolve(MARK));
    }
    return new WorkDir(folder);
  }

  Path resolve(String name) {
    return folder.resolve(name);
  }

  /** Deletes what is large: the broker's data, the pictures, the replay stores. */
  void deleteBulk() throws IOException {
    for (String name : BULKY) {
      delete(folder.resolve(name));
    }
    Path runs = folder.resolve("runs");
    if (Files.isDirectory(runs)) {
      try (Stream<Path> each = Files.list(runs)) {
        for (Path run : each.toList()) {
          if (OWN_NAME.matcher(run.getFileName().toString()).matches()) {
            delete(run.resolve("replay-store"));
            delete(run.resolve("checkpoints"));
          }
        }
      }
    }
  }

  private static void deleteOwn(Path shared) throws IOException {
    if (!Files.isDirectory(shared)) {
      return;
    }
    try (Stream<Path> content = Files.list(shared)) {
      for (Path each : content.toList()) {
        if (OWN_NAME.matcher(each.getFileName().toString()).matches()) {
          delete(each);
        }
      }
    }
  }

  private static void delete(Path path) throws IOException {
    if (!Files.exists(path)) {
      return;
    }
    try (Stream<Path> tree = Files.walk(path)) {
      for (Path each : tree.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(each);
      }
    }
  }
}
