package dev.lectern.schemas.descriptor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lectern.schemas.config.UserMistakeException;
import dev.lectern.schemas.record.BoxForm;
import dev.lectern.schemas.record.ChannelOrder;
import dev.lectern.schemas.record.RecordedTensor;
import dev.lectern.schemas.record.TeacherDescriptor;
import dev.lectern.schemas.record.TensorKind;
import java.io.IOException;
import java.io.InputStream;
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
    return FamilyPreset.named("GFL")
        .describe(
            8,
            0.5,
            List.of("cat", "dog"),
            List.of(
                HeadLevel.of(new Level(8, 8, 13), "cls_8", "dist_8").withFeature("feat_8", 96),
                HeadLevel.of(new Level(16, 4, 7), "cls_16", "dist_16")))
        .setName("tiny")
        .setInputName("image")
        .setInputWidth(100)
        .setInputHeight(60)
        .setChannelOrder(ChannelOrder.BGR)
        .setMean(List.of(103.53, 116.28, 123.675))
        .setStd(List.of(57.375, 57.12, 58.395))
        .setBatchSize(4)
        .build();
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
                + ": input.mean and input.std: expected 3 numbers each; head.bins: expected at"
                + " least 2");
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
  void aFamilyThatNobodyKnowsIsAMistakeWithTheNearestKnownOne() throws IOException {
    Path file = write(YAML.replace("type: gfl", "type: gfi"));

    assertThatThrownBy(() -> DescriptorYaml.read(file))
        .isInstanceOf(UserMistakeException.class)
        .hasMessageContaining("head.type: found 'gfi' (did you mean 'GFL'?), expected GFL");
  }

  /** A head with nine anchors per cell and centerness, written out. */
  private static final String ANCHORS =
      """
      name: anchors
      input: {name: image, width: 64, height: 32, channels: rgb, mean: [0, 0, 0], std: [1, 1, 1]}
      extra-inputs:
        - {name: im_shape, rule: height_width, shape: [-1, 2]}
        - {name: factor, type: int64, shape: [2], values: [3, 4]}
      classes: {activation: softmax, background: last}
      boxes: {form: delta, mean: [0, 0, 0, 0], std: [0.1, 0.1, 0.2, 0.2], clamp: 4.135}
      priors: {grid-offset: 0.5, anchors: {sizes: [[32, 40, 50], [64, 80, 100]], ratios: [0.5, 1, 2]}}
      quality: centerness
      tensors:
        - {name: fpn.1, output: p4, shape: [16, 2, 4], stride: 16}
        - {name: cls.0, output: s3, shape: [27, 4, 8], stride: 8}
        - {name: cls.1, output: s4, shape: [27, 2, 4], stride: 16}
        - {name: ctr.0, output: c3, shape: [9, 4, 8], stride: 8}
        - {name: ctr.1, output: c4, shape: [9, 2, 4], stride: 16}
        - {name: delta.0, output: d3, shape: [36, 4, 8], stride: 8}
        - {name: delta.1, output: d4, shape: [36, 2, 4], stride: 16}
      class-names-file: tiny.names
      """;

  @Test
  void aHeadCanBeDescribedTensorByTensor() throws IOException {
    // When
    TeacherDescriptor read = DescriptorYaml.read(write(ANCHORS));

    // Then
    assertThat(read.getTensors())
        .extracting(RecordedTensor::getName)
        .containsExactly("cls.0", "cls.1", "ctr.0", "ctr.1", "delta.0", "delta.1", "fpn.1");
    assertThat(TensorLayout.levels(read)).containsExactly(new Level(8, 4, 8), new Level(16, 2, 4));
    assertThat(TensorLayout.featureChannels(read)).containsExactly(0, 16);
    assertThat(TensorLayout.kinds(read))
        .containsExactlyInAnyOrder(
            TensorKind.CLASS_SCORES, TensorKind.BOX_LOGITS, TensorKind.FPN_FEATURES);
    assertThat(read.getBoxes().getForm()).isEqualTo(BoxForm.DELTA);
    assertThat(read.getPriors().getAnchors().getRatios()).containsExactly(0.5, 1.0, 2.0);
    assertThat(read.getExtraInputs().get(1).getValues()).containsExactly(3.0, 4.0);
    Path written = folder.resolve("written.yaml");
    DescriptorYaml.write(read, written);
    assertThat(DescriptorYaml.read(written)).isEqualTo(read);
  }

  @Test
  void tensorsThatDoNotGoTogetherAreAllNamed() throws IOException {
    Path file =
        write(
            ANCHORS
                .replace("cls.0, output: s3, shape: [27,", "cls.0, output: s3, shape: [18,")
                .replace(
                    "delta.1, output: d4, shape: [36, 2, 4]",
                    "dist.1, output: d4, shape: [36, 2, 3]"));

    assertThatThrownBy(() -> DescriptorYaml.read(file))
        .isInstanceOf(UserMistakeException.class)
        .hasMessageContaining("tensor cls.0: found 18 channels, expected 27")
        .hasMessageContaining("tensor dist.1: found Level[stride=16, height=2, width=3]")
        .hasMessageContaining("tensor dist.1: expected boxes.form to say so");
    Path nameless = write(ANCHORS.replace("name: ctr.0", "name: centre.0"));
    assertThatThrownBy(() -> DescriptorYaml.read(nameless))
        .isInstanceOf(UserMistakeException.class)
        .hasMessageContaining("tensors.3.name: found 'centre.0' (did you mean 'center'?)");
  }

  @Test
  void anInputWithTooFewNumbersIsRefused() throws IOException {
    Path file = write(ANCHORS.replace("values: [3, 4]", "values: [3]"));

    assertThatThrownBy(() -> DescriptorYaml.read(file))
        .isInstanceOf(UserMistakeException.class)
        .hasMessageContaining("extra-inputs.1.values: found 1 numbers of a view, expected 2");
  }

  @Test
  void whatAFamilySaysInFullIsWrittenShort() throws IOException {
    Path file = folder.resolve("written.yaml");
    TeacherDescriptor descriptor = descriptor();
    descriptor.setOutputs(List.of("cls_8", "dist_8", "feat_8", "cls_16", "dist_16"));

    DescriptorYaml.write(descriptor, file);

    try (InputStream expected = getClass().getResourceAsStream("/descriptor/v1-written.yaml")) {
      assertThat(file).hasBinaryContent(expected.readAllBytes());
    }
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

  private static final String QUERIES =
      """
      name: dfine
      input: {name: images, width: 64, height: 32, channels: rgb, mean: [0, 0, 0], std: [255, 255, 255]}
      family: DFINE
      boxes: {form: distribution, bins: 3, bin-values: [-0.25, 0, 0.25], unit: sides}
      tensors:
        - {name: logits, output: pred_logits, shape: [5, 2]}
        - {name: boxes, output: pred_boxes, shape: [5, 4], conversion: rows unit-cxcywh}
        - {name: dist, output: pred_corners, shape: [5, 12]}
        - {name: references, output: ref_points, shape: [5, 4], conversion: rows unit-cxcywh}
      class-names: [cat, dog]
      batch-size: 1
      """;

  @Test
  void instancesHaveRowsInPlaceOfCells() throws IOException {
    TeacherDescriptor read = DescriptorYaml.read(write(QUERIES));

    assertThat(TensorLayout.instances(read)).isEqualTo(5);
    assertThat(TensorLayout.levels(read)).isEmpty();
    assertThat(TensorLayout.shapes(read, TensorKind.INSTANCES))
        .containsEntry("rows", List.of(1))
        .containsEntry("dist", List.of(5, 12));
    assertThat(TensorLayout.find(read, TensorRole.INSTANCE_COUNT).orElseThrow().getOutput())
        .isEqualTo("pred_boxes");
    Path again = folder.resolve("again.yaml");
    DescriptorYaml.write(read, again);
    assertThat(DescriptorYaml.read(again)).isEqualTo(read);
  }

  @Test
  void everyMistakeAboutInstancesIsNamed() throws IOException {
    Path mistaken =
        write(
            QUERIES
                .replace("unit: sides", "unit: strides")
                .replace("[5, 2]", "[5, 3]")
                .replace("{name: references, output: ref_points", "{name: features, output: emb")
                .replace("rows unit-cxcywh}\n  - {name: dist", "rows count}\n  - {name: dist"));

    assertThatThrownBy(() -> DescriptorYaml.read(mistaken))
        .isInstanceOf(UserMistakeException.class)
        .hasMessageContaining("tensor logits: found shape [5, 3], expected [5, 2]")
        .hasMessageContaining("tensor boxes: conversion 'rows count': expected count")
        .hasMessageContaining("expected boxes.form distribution and boxes.unit sides")
        .hasMessageContaining("tensor dist: expected references beside it");
  }

  @Test
  void instancesStandBesideFeaturesAlone() throws IOException {
    Path mistaken =
        write(QUERIES.replace("tensors:", "tensors:\n  - {name: cls.0, output: c, stride: 8}"));

    assertThatThrownBy(() -> DescriptorYaml.read(mistaken))
        .hasMessageContaining("found instances beside class scores or box logits of cells");
  }
}
