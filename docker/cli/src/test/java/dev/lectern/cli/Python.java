package dev.lectern.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.abort;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** Pythons that have what tests import, such as {@code schemas/python/lectern_reader.py}. */
public final class Python {
  private static final String PACKAGES =
      "avro, confluent_kafka, crc32c, cv2, numpy, torch, zstandard";
  private static final ObjectMapper JSON = new ObjectMapper();

  private final String command;
  private final Path folder;
  private final Path script;

  private Python(String command, Path folder) throws IOException {
    this.command = command;
    this.folder = folder;
    this.script = folder.resolve("reader_checks.py");
    try (InputStream in = Python.class.getResourceAsStream("/python/reader_checks.py")) {
      Files.copy(in, script);
    }
  }

  /**
   * One that can check recordings; skips the test where there is none.
   *
   * @param folder for the script
   */
  static Python find(Path folder) throws IOException, InterruptedException {
    return new Python(importing(PACKAGES), folder);
  }

  /**
   * The command of one that has packages: named by {@code LECTERN_PYTHON}, on the path, or
   * Debian's; skips the test where none has them.
   *
   * @param packages by the names of their imports, separated by commas
   */
  public static String importing(String packages) throws InterruptedException {
    List<String> commands =
        Stream.of(System.getenv("LECTERN_PYTHON"), "python3", "/usr/bin/python3")
            .filter(command -> command != null)
            .toList();
    for (String command : commands) {
      if (imports(command, packages)) {
        return command;
      }
    }
    return abort(
        "no python3 imports "
            + packages
            + "; on Debian 12 apt installs python3-avro, python3-confluent-kafka, python3-crc32c,"
            + " python3-numpy, python3-opencv, python3-torch, python3-zstandard");
  }

  private static boolean imports(String command, String packages) throws InterruptedException {
    try {
      return new ProcessBuilder(command, "-c", "import " + packages)
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .start()
              .waitFor()
          == 0;
    } catch (IOException e) {
      return false; // there is no such command
    }
  }

  /** What a command of {@code reader_checks.py} prints. */
  JsonNode check(String... arguments) throws IOException, InterruptedException {
    List<String> words = new ArrayList<>(List.of(command, script.toString()));
    words.addAll(List.of(arguments));
    File out = folder.resolve("python.json").toFile();
    File err = folder.resolve("python.err").toFile();
    ProcessBuilder builder = new ProcessBuilder(words).redirectOutput(out).redirectError(err);
    builder
        .environment()
        .putAll(
            Map.of(
                "LECTERN_READER",
                Path.of("../../schemas/python").toRealPath().toString(),
                "PYTHONDONTWRITEBYTECODE",
                "1",
                "OMP_NUM_THREADS",
                "1"));
    Process process = builder.start();
    boolean ended = process.waitFor(3, TimeUnit.MINUTES);
    process.destroyForcibly();
    assertThat(ended).as("ended: " + Files.readString(err.toPath())).isTrue();
    assertThat(process.exitValue()).as(Files.readString(err.toPath())).isZero();
    return JSON.readTree(out);
  }
}
