package dev.lectern.trainer.train;

import dev.lectern.schemas.config.ConfigLoader;
import dev.lectern.schemas.config.UserMistakeException;
import dev.lectern.schemas.file.OutputFile;
import dev.lectern.schemas.file.OutputFile.Mark;
import dev.lectern.schemas.file.WholeFile;
import dev.lectern.schemas.serde.Sha256;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;

/**
 * The files of a run beside its checkpoints. A run replaces those of an earlier run of its folder,
 * and no other: a file of the user's own that has the name of one stops the run before it starts.
 */
final class RunFolder {
  private static final String ADVICE = "move it, or choose another folder with out";
  private static final String TITLE =
      "# Settings of a run of lectern train, without the properties of Kafka's clients. sha256: ";

  /** How {@code run.yaml} starts that an earlier version wrote, which had no title. */
  private static final Mark UNTITLED = Mark.start("---\nbootstrap-servers: \"");

  private static final Mark STUDENT = Mark.near("\"lectern.detector\"");
  private static final Mark LOCK = Mark.start("process ").orEmpty();
  private static final Mark TABLE = Mark.start("step,epoch,loss,").orEmpty();
  private static final Mark LINES = Mark.start("{\"event\":\"").orEmpty();

  private final Path folder;

  RunFolder(Path folder) {
    this.folder = folder;
  }

  Path settings() {
    return folder.resolve("run.yaml");
  }

  Path student() {
    return folder.resolve("student.safetensors");
  }

  /** The newest checkpoint, if a run has written one. */
  Optional<Path> lastCheckpoint() {
    return Checkpoints.last(folder);
  }

  /**
   * Returns if a run with these settings replaces nothing that no run of this folder made.
   *
   * @throws UserMistakeException otherwise
   */
  void requireFree(TrainConfig config) {
    boolean resumes = lastCheckpoint().isPresent();
    OutputFile.requireFree(folder.resolve("metrics.csv"), TABLE, ADVICE);
    OutputFile.requireFree(folder.resolve("metrics.jsonl"), LINES, ADVICE);
    OutputFile.requireFree(student(), resumes ? STUDENT : Mark.NONE, ADVICE);
    OutputFile.requireFree(
        settings(),
        file ->
            isTitled(file)
                || resumes && UNTITLED.isOn(file)
                || holds(file, ConfigLoader.toPlacedYaml(config)),
        ADVICE);
  }

  /** Refuses a lock file that no run made. */
  static void requireLock(Path file) {
    OutputFile.requireFree(file, LOCK, ADVICE);
  }

  /**
   * Writes {@code run.yaml}. A file of the user's own stays as it is: {@link #requireFree} has let
   * it pass because it says the same.
   */
  void write(TrainConfig config) throws IOException {
    Path file = settings();
    if (Files.exists(file) && !isTitled(file) && !UNTITLED.isOn(file)) {
      return;
    }
    String yaml = ConfigLoader.toPlacedYaml(config);
    WholeFile.write(
        file, temporary -> Files.writeString(temporary, TITLE + sha256(yaml) + "\n" + yaml));
  }

  /** Whether a run wrote the file and nobody has changed it since. */
  private static boolean isTitled(Path file) throws IOException {
    String text = Files.readString(file);
    int end = text.indexOf('\n');
    return end > 0 && text.substring(0, end).equals(TITLE + sha256(text.substring(end + 1)));
  }

  private static boolean holds(Path file, String yaml) {
    try {
      return ConfigLoader.toPlacedYaml(ConfigLoader.load(file, List.of(), TrainConfig.class))
          .equals(yaml);
    } catch (UserMistakeException e) {
      return false;
    }
  }

  private static String sha256(String text) {
    ByteBuffer digest = Sha256.of(ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8)));
    return HexFormat.of().formatHex(digest.array());
  }
}
