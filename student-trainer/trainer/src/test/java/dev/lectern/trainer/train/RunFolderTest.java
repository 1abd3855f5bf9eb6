package dev.lectern.trainer.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lectern.schemas.config.ConfigLoader;
import dev.lectern.schemas.config.UserMistakeException;
import dev.lectern.schemas.progress.Progress;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RunFolderTest {
  private static final String SECRET = "correct-horse-battery";

  @TempDir private Path dir;

  @ParameterizedTest
  @ValueSource(
      strings = {"run.yaml", "metrics.csv", "metrics.jsonl", "student.safetensors", "LOCK"})
  void aFileOfTheUsersOwnStopsTheRunBeforeItStarts(String name) throws IOException {
    Path file = Files.writeString(dir.resolve(name), "precious");

    // There is no broker: whatever needs one comes later
    assertThatThrownBy(() -> run(config("epochs: 1")).run(null))
        .isInstanceOf(UserMistakeException.class)
        .hasMessageEndingWith(
            name
                + ": found a file that this command does not replace; move it, or choose another"
                + " folder with out");

    assertThat(file).hasContent("precious");
    assertThat(files()).containsExactly(name);
  }

  @Test
  void whatARunWroteItsNextRunReplaces() throws IOException {
    RunFolder folder = new RunFolder(dir);
    folder.write(config("epochs: 1"));
    Files.writeString(dir.resolve("metrics.csv"), "step,epoch,loss,loss_cls\n");
    Files.writeString(dir.resolve("metrics.jsonl"), "{\"event\":\"step\",\"step\":1}\n");

    assertFree("epochs: 2");
    folder.write(config("epochs: 2"));

    assertThat(folder.settings()).content().contains("epochs: 2");
    assertThat(read(folder)).isEqualTo(config("epochs: 2"));
  }

  @Test
  void settingsThatWereChangedByHandStay() throws IOException {
    RunFolder folder = new RunFolder(dir);
    folder.write(config("epochs: 1"));
    String changed =
        Files.readString(folder.settings())
            .replace("\nepochs: 1\n", "\nepochs: 3 # as in the thesis\n");
    Files.writeString(folder.settings(), changed);

    assertTaken("epochs: 2");
    // The run that they describe may start, and leaves them as they are
    assertFree("epochs: 3");
    folder.write(config("epochs: 3"));
    assertThat(folder.settings()).hasContent(changed);
  }

  @Test
  void settingsOfAnEarlierVersionAreReplacedWhereThereAreCheckpoints() throws IOException {
    RunFolder folder = new RunFolder(dir);
    Files.writeString(
        folder.settings(),
        "---\nbootstrap-servers: \"127.0.0.1:9092\"\nkafka:\n  sasl.jaas.config: " + SECRET);
    assertTaken("epochs: 1");

    Files.createDirectories(dir.resolve("checkpoints"));
    Files.createFile(dir.resolve("checkpoints/step-000000001.safetensors"));
    assertFree("epochs: 1");
    folder.write(config("epochs: 1"));

    assertThat(folder.settings()).content().doesNotContain(SECRET);
  }

  @Test
  void theSettingsNameNoPropertiesOfKafkasClients() throws IOException {
    TrainConfig config =
        config(
            "kafka: {sasl.jaas.config: %s, ssl.key.password: %s, acks: all}"
                .formatted(SECRET, SECRET));
    assertThat(config.kafka()).hasSize(3).containsEntry("ssl.key.password", SECRET);

    new RunFolder(dir).write(config);

    String text = Files.readString(dir.resolve("run.yaml"));
    assertThat(text).doesNotContain(SECRET, "kafka:", "jaas").contains("bootstrap-servers");
    assertThat(read(new RunFolder(dir)).kafka()).isEmpty();
  }

  private void assertFree(String yaml) {
    assertThatCode(() -> new RunFolder(dir).requireFree(config(yaml))).doesNotThrowAnyException();
  }

  private void assertTaken(String yaml) {
    assertThatThrownBy(() -> new RunFolder(dir).requireFree(config(yaml)))
        .isInstanceOf(UserMistakeException.class)
        .hasMessageContaining("run.yaml: found a file that this command does not replace");
  }

  private static TrainConfig read(RunFolder folder) {
    return ConfigLoader.load(folder.settings(), List.of(), TrainConfig.class);
  }

  private List<String> files() throws IOException {
    try (Stream<Path> files = Files.list(dir)) {
      return files.map(file -> file.getFileName().toString()).toList();
    }
  }

  private static TrainingRun run(TrainConfig config) {
    return new TrainingRun(
        config,
        TrainingRun.Start.FRESH,
        new SimpleMeterRegistry(),
        Progress.silentFactory(),
        List.of());
  }

  private TrainConfig config(String more) {
    return ConfigLoader.bind(
        "recording: r\nout: \"%s\"\nstudent: {classes: 2}\n%s\n".formatted(dir, more),
        List.of(),
        TrainConfig.class,
        "test");
  }
}
