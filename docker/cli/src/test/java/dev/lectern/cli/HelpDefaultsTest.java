package dev.lectern.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import dev.lectern.producer.publish.PublishConfig;
import dev.lectern.schemas.config.ConfigLoader;
import dev.lectern.teacher.recording.TeachConfig;
import dev.lectern.trainer.train.TrainConfig;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import picocli.CommandLine.Model.OptionSpec;

/** Defaults that {@code --help} states in words are those of the configurations. */
class HelpDefaultsTest {
  private static final Pattern STATED = Pattern.compile("Default: ([a-z0-9]+)\\.?$");

  @Test
  void publish() throws IOException {
    check(
        "publish",
        PublishConfig.class,
        "{name: d, format: coco, annotations: a.json, images: i}",
        "size",
        "views-per-image",
        "png-compression");
  }

  @Test
  void teach() throws IOException {
    check(
        "teach",
        TeachConfig.class,
        "{dataset: d, recording: r, teacher: t.yaml, model: m.onnx}",
        "drain-seconds",
        "device");
  }

  @Test
  void train() throws IOException {
    check(
        "train",
        TrainConfig.class,
        "{recording: r, out: o, student: {classes: 3, bins: 8, strides: [8, 16, 32]}}",
        "epochs",
        "batch-size",
        "seed");
  }

  /**
   * @param minimal a configuration with what has no default
   * @param some options that must be among those compared
   */
  private static void check(String command, Class<?> type, String minimal, String... some)
      throws IOException {
    JsonNode effective =
        new YAMLMapper()
            .readTree(ConfigLoader.toYaml(ConfigLoader.bind(minimal, List.of(), type, "test")));
    List<String> compared = new ArrayList<>();
    for (OptionSpec option :
        CommandLines.lectern().getSubcommands().get(command).getCommandSpec().options()) {
      String key = option.longestName().replaceFirst("^--", "");
      Matcher stated = STATED.matcher(String.join(" ", option.description()));
      if (stated.find() && effective.has(key)) {
        assertThat(effective.get(key).isNull() ? "none" : effective.get(key).asText())
            .as(key)
            .isEqualToIgnoringCase(stated.group(1));
        compared.add(key);
      }
    }
    assertThat(compared).contains(some);
  }
}
