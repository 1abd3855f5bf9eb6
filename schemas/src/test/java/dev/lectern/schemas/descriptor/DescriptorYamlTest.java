package dev.lectern.schemas.descriptor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lectern.schemas.config.UserMistakeException;
import dev.lectern.schemas.record.ChannelOrder;
import dev.lectern.schemas.record.HeadType;
import dev.lectern.schemas.record.Level;
import dev.lectern.schemas.record.TeacherDescriptor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

public class DescriptorYamlTest {
  private static final String YAML =
      """
      name: tiny
      input: {name: image, width: 100, height: 60, channels: bgr, mean: [103.53, 116.28, 123.675], std: [57.375, 57.12, 58.395]}
      head: {type: gfl, bins: 8, grid-offset: 0.5}
      levels:
        - {stride: 8, class-scores: cls_8, box-logits: dist_8, feature: feat_8, feature-channels: 96}
        - {stride: 16, class-scores: cls_16, box-logits: dist_16}
      class-names-file: tiny.names
      batch-size: 4
      """;

  @TempDir Path folder;

  /** A descriptor for tests. */
  public static TeacherDescriptor descriptor() {
    return new TeacherDescriptor(
        "tiny",
        "image",
        100,
        60,
        ChannelOrder.BGR,
        List.of(103.53, 116.28, 123.675),
        List.of(57.375, 57.12, 58.395),
        HeadType.GFL,
        8,
        0.5,
        List.of(
            new Level(8, 8, 13, "cls_8", "dist_8", "feat_8", 96),
            new Level(16, 4, 7, "cls_16", "dist_16", null, 0)),
        List.of("cat", "dog"),
        4,
        List.of());
  }

  @Test
  void sizesOfLevelsFollowFromInputAndStrideRoundedUp() throws IOException {
    assertThat(DescriptorYaml.read(write(YAML))).isEqualTo(descriptor());
  }

  @Test
  void whatIsWrittenReadsBackEqual() throws IOException {
    Path file = folder.resolve("written.yaml");

    DescriptorYaml.write(descriptor(), file);

    assertThat(DescriptorYaml.read(file)).isEqualTo(descriptor());
  }

  @Test
  void allProblemsAreNamedAtOnce() throws IOException {
    Path file =
        write(
            YAML.replace("bins: 8", "bins: 1").replace("std: [57.375, 57.12, 58.395]", "std: [1]"));

    assertThatThrownBy(() -> DescriptorYaml.read(file))
        .isInstanceOf(UserMistakeException.class)
        .hasMessage(
            "teacher descriptor "
                + file
                + ": input.mean and input.std: expected 3 numbers each; head.bins: expected at least 2");
  }

  @Test
  void numbersThatNoTeacherCanHaveAreRefused() throws IOException {
    Path file =
        write(
            YAML.replace("57.375, 57.12", "0, 57.12")
                .replace("class-names-file: tiny.names", "class-names: []")
                .replace("feature-channels: 96", "feature-channels: 0"));

    assertThatThrownBy(() -> DescriptorYaml.read(file))
        .isInstanceOf(UserMistakeException.class)
        .hasMessage(
            "teacher descriptor "
                + file
                + ": input.std: expected numbers above 0; class-names: expected at least one;"
                + " levels.0.feature-channels: expected at least 1");
  }

  @Test
  void aFileWithoutClassNamesIsRefused() throws IOException {
    Path file = write(YAML);
    Files.writeString(folder.resolve("tiny.names"), "\n  \n");

    assertThatThrownBy(() -> DescriptorYaml.read(file))
        .isInstanceOf(UserMistakeException.class)
        .hasMessageEndingWith("tiny.names has no names");
  }

  @Test
  void anUnknownKeyIsAMistakeWithTheNearestKnownOne() throws IOException {
    Path file = write(YAML.replace("batch-size", "batchsize"));

    assertThatThrownBy(() -> DescriptorYaml.read(file))
        .isInstanceOf(UserMistakeException.class)
        .hasMessageContaining(file + ": unknown key 'batchsize' (did you mean 'batch-size'?)");
  }

  @Test
  void theTeacherIdDependsOnModelAndDescriptor() throws IOException {
    Path model = Files.writeString(folder.resolve("model.onnx"), "weights");
    Path other = Files.writeString(folder.resolve("other.onnx"), "Weights");
    TeacherDescriptor changed = descriptor();
    changed.setBatchSize(8);

    assertThat(TeacherId.of(descriptor(), model))
        .matches("tiny@[0-9a-f]{64}")
        .isEqualTo(TeacherId.of(descriptor(), model));
    assertThat(TeacherId.of(descriptor(), other)).isNotEqualTo(TeacherId.of(descriptor(), model));
    assertThat(TeacherId.of(changed, model)).isNotEqualTo(TeacherId.of(descriptor(), model));
  }

  private Path write(String yaml) throws IOException {
    Files.writeString(folder.resolve("tiny.names"), "cat\ndog\n");
    return Files.writeString(folder.resolve("tiny.yaml"), yaml);
  }
}
