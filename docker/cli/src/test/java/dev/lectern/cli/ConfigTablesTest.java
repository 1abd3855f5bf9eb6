package dev.lectern.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import com.fasterxml.jackson.annotation.JsonTypeName;
import dev.lectern.detector.DetectorSpec;
import dev.lectern.detector.backbone.BackboneSettings;
import dev.lectern.detector.family.HeadSettings;
import dev.lectern.detector.neck.NeckSettings;
import dev.lectern.producer.publish.PublishConfig;
import dev.lectern.schemas.config.ConfigKey;
import dev.lectern.teacher.recording.TeachConfig;
import dev.lectern.trainer.family.TrainedFamilies;
import dev.lectern.trainer.family.Training;
import dev.lectern.trainer.train.TrainConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** The tables of keys in the READMEs say what the records of the configurations state. */
class ConfigTablesTest {
  private static final Path ROOT = Path.of("..", "..");

  static List<Arguments> configurations() {
    return List.of(
        Arguments.of("producer/README.md", PublishConfig.class),
        Arguments.of("teacher-worker/README.md", TeachConfig.class),
        Arguments.of("student-trainer/trainer/README.md", TrainConfig.class));
  }

  @ParameterizedTest
  @MethodSource("configurations")
  void theReadmeHasARowForEveryKey(String readme, Class<?> config) throws IOException {
    List<String> rows = new ArrayList<>(List.of("| Key | Default | |", "|---|---|---|"));
    addRows(rows, "", config);

    assertThat(Files.readString(ROOT.resolve(readme))).contains(String.join("\n", rows) + "\n");
  }

  @Test
  void theTrainersReadmeHasARowForEveryKeyOfEveryFamily() throws IOException {
    List<String> rows = new ArrayList<>();
    for (Training<?> family : TrainedFamilies.ALL) {
      rows.add("| | | of `" + family.name() + "` |");
      ConfigKey.of(family.settings()).forEach(key -> rows.add(row("objective.", key)));
    }

    assertThat(Files.readString(ROOT.resolve("student-trainer/trainer/README.md")))
        .contains(String.join("\n", rows) + "\n");
  }

  @Test
  void theDetectorsReadmeHasARowForEveryKey() throws IOException {
    List<String> rows = new ArrayList<>(List.of("| Key | Default | |", "|---|---|---|"));
    addRows(rows, "", DetectorSpec.class);
    addKinds(rows, "backbone", BackboneSettings.class);
    addKinds(rows, "neck", NeckSettings.class);
    addKinds(rows, "head", HeadSettings.class);

    assertThat(Files.readString(ROOT.resolve("student-trainer/detector/README.md")))
        .contains(String.join("\n", rows) + "\n");
  }

  private static void addKinds(List<String> rows, String part, Class<?> kinds) {
    String property = kinds.getAnnotation(JsonTypeInfo.class).property();
    for (JsonSubTypes.Type kind : kinds.getAnnotation(JsonSubTypes.class).value()) {
      String name = kind.value().getAnnotation(JsonTypeName.class).value();
      rows.add("| | | of `%s.%s: %s` |".formatted(part, property, name));
      addRows(rows, part + ".", kind.value());
    }
  }

  private static String row(String prefix, ConfigKey key) {
    String shown = key.shownDefault();
    boolean isWord = shown.equals(key.defaultValue()) && shown.matches("[a-z].*");
    String range = key.range().isEmpty() ? "" : " (" + key.range() + ")";
    return "| `%s` | %s | %s |"
        .formatted(prefix + key.name(), isWord ? "`" + shown + "`" : shown, key.meaning() + range);
  }

  private static void addRows(List<String> rows, String prefix, Class<?> record) {
    for (ConfigKey key : ConfigKey.of(record)) {
      rows.add(row(prefix, key));
      if (key.type() instanceof Class<?> part && hasKeys(part)) {
        addRows(rows, prefix + key.name() + ".", part);
      }
    }
  }

  /** Whether every key of a record states what it is; others have pages of their own. */
  private static boolean hasKeys(Class<?> type) {
    return type.isRecord()
        && type != DetectorSpec.class
        && ConfigKey.of(type).stream().noneMatch(key -> key.meaning().isEmpty());
  }
}
