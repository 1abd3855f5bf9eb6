package dev.lectern.teacher.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lectern.detector.device.ComputeDevice;
import dev.lectern.schemas.config.UserMistakeException;
import dev.lectern.schemas.descriptor.FamilyPreset;
import dev.lectern.schemas.descriptor.HeadLevel;
import dev.lectern.schemas.descriptor.Level;
import dev.lectern.schemas.record.ChannelOrder;
import dev.lectern.schemas.record.ExtraInput;
import dev.lectern.schemas.record.InputRule;
import dev.lectern.schemas.record.NumberType;
import dev.lectern.schemas.record.TeacherDescriptor;
import dev.lectern.schemas.record.TensorKind;
import java.io.IOException;
import java.lang.ref.WeakReference;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OnnxTeacherTest {
  private static final Set<TensorKind> ALL =
      EnumSet.range(TensorKind.CLASS_SCORES, TensorKind.FPN_FEATURES);

  @TempDir Path dir;

  @Test
  void anInnerTensorIsAFeature() throws IOException {
    // Given
    Path model = model();

    // When
    try (Teacher teacher = open(descriptor("image", "cls", 5, "neck"), model)) {
      TeacherOutputs outputs = new TeacherOutputs(teacher.tensors(), 2);
      FloatBuffer input = TeacherOutputs.floats(2L * teacher.inputSize());
      for (int i = 0; i < input.capacity(); i++) {
        input.put(i, (float) Math.cos(i));
      }
      teacher.infer(input, outputs);

      // Then: cls is a 1x1 convolution of the neck, w[k,c] = sin((4k + c) 0.7 + 3)
      float[] neck = outputs.tensor(2, 1).toArray();
      float[] cls = outputs.tensor(0, 1).toArray();
      int cells = 16;
      for (int k = 0; k < 5; k++) {
        float expected = 0;
        for (int c = 0; c < 4; c++) {
          expected += (float) Math.sin((4 * k + c) * 0.7 + 3) * neck[c * cells + 7];
        }
        assertThat(cls[k * cells + 7])
            .isCloseTo(expected, org.assertj.core.data.Offset.offset(1e-4f));
      }
      assertThat(neck).doesNotContain(Float.NaN).isNotEqualTo(new float[neck.length]);
    }
  }

  @Test
  void anInputBesidesTheImageIsTheSameInEveryBatch() throws IOException {
    // Given: a model that multiplies the neck by the input 'factor'
    Path model = Files.write(dir.resolve("scaled.onnx"), OnnxModels.scaled(32, 8, 4, 5, 8));
    TeacherDescriptor once = descriptor("image", "cls", 5, "neck");
    once.setExtraInputs(List.of(factor(1)));
    TeacherDescriptor thrice = descriptor("image", "cls", 5, "neck");
    thrice.setExtraInputs(List.of(factor(3)));

    // When, Then
    try (Teacher one = open(once, model);
        Teacher three = open(thrice, model)) {
      FloatBuffer input = TeacherOutputs.floats(2L * one.inputSize());
      for (int i = 0; i < input.capacity(); i++) {
        input.put(i, (float) Math.cos(i));
      }
      for (int batch = 0; batch < 2; batch++) {
        float[] single = scores(one, input);
        float[] triple = scores(three, input);
        for (int i = 0; i < single.length; i++) {
          assertThat(triple[i])
              .isCloseTo(3 * single[i], org.assertj.core.data.Offset.offset(1e-4f));
        }
      }
      assertThat(one.id()).isNotEqualTo(three.id());
    }
    assertThatThrownBy(() -> open(descriptor("image", "cls", 5, "neck"), model))
        .isInstanceOf(UserMistakeException.class)
        .hasMessageContaining("found inputs [image, factor], expected ['image']");
  }

  private static ExtraInput factor(double value) {
    return new ExtraInput(
        "factor", NumberType.FLOAT32, InputRule.CONSTANT, List.of(1), List.of(value));
  }

  private static float[] scores(Teacher teacher, FloatBuffer input) {
    TeacherOutputs outputs = new TeacherOutputs(teacher.tensors(), 2);
    teacher.infer(input, outputs);
    return outputs.tensor(0, 1).toArray();
  }

  @Test
  void anInputIsNotKept() throws Exception {
    // Given
    try (Teacher teacher = open(descriptor("image", "cls", 5, "neck"), model())) {
      TeacherOutputs outputs = new TeacherOutputs(teacher.tensors(), 2);
      FloatBuffer input = TeacherOutputs.floats(2L * teacher.inputSize());
      WeakReference<FloatBuffer> seen = new WeakReference<>(input);

      // When
      teacher.infer(input, outputs);
      input = null;

      // Then
      Awaitility.await()
          .until(
              () -> {
                System.gc();
                return seen.get() == null;
              });
    }
  }

  @Test
  void everyDifferenceFromTheDescriptorIsNamedInOneMessage() throws IOException {
    // Given: 5 classes and 4 neck channels in the file
    Path model = model();

    // When, Then
    assertThatThrownBy(() -> open(descriptor("image", "cls", 7, "neck"), model))
        .isInstanceOf(UserMistakeException.class)
        .hasMessage(
            "model "
                + model
                + " is not what its teacher descriptor says: output 'cls' (cls.0): found [2, 5, 4,"
                + " 4], expected [2, 7, 4, 4]; 'lectern model "
                + model
                + "' shows what it holds");
    assertThatThrownBy(() -> open(descriptor("picture", "clz", 5, "nekc"), model))
        .isInstanceOf(UserMistakeException.class)
        .hasMessageContaining("found inputs [image], expected ['picture']")
        .hasMessageContaining("output 'clz' (cls.0) is not in the model (did you mean 'cls'?)")
        .hasMessageContaining("output 'nekc' (fpn.0) is not in the model");
  }

  @Test
  void aFileThatIsNoModelIsRefusedInOneLine() throws IOException {
    // Given
    Path text = Files.writeString(dir.resolve("notes.onnx"), "these are notes, not a model");
    Path empty = Files.write(dir.resolve("empty.onnx"), new byte[0]);
    Path image = Files.write(dir.resolve("model.png"), new byte[8]);
    Path broken = Files.write(dir.resolve("broken.onnx"), new byte[] {8, 8, 58, 2, 10, 100});

    // When, Then
    TeacherDescriptor descriptor = descriptor("image", "cls", 5, "neck");
    for (Path file : List.of(text, empty, image, broken, dir.resolve("absent.onnx"))) {
      assertThatThrownBy(() -> open(descriptor, file))
          .isInstanceOf(UserMistakeException.class)
          .hasMessageStartingWith("model")
          .hasMessageContaining(file.toString())
          .message()
          .doesNotContain("\n");
    }
  }

  @Test
  void aDeviceThatIsNotThereIsNamed() throws IOException {
    // Given
    Path model = model();

    // When, Then
    assertThatThrownBy(
            () ->
                ModelFile.open(
                    descriptor("image", "cls", 5, "neck"),
                    model,
                    ALL,
                    ComputeDevice.parse("cuda:7"),
                    1))
        .isInstanceOf(UserMistakeException.class)
        .hasMessageStartingWith("device cuda:7: ");
    assertThatThrownBy(() -> ComputeDevice.parse("tpu"))
        .isInstanceOf(UserMistakeException.class)
        .hasMessage("device 'tpu': expected cpu, cuda or cuda:N");
  }

  private Teacher open(TeacherDescriptor descriptor, Path file) {
    return ModelFile.open(descriptor, file, ALL, ComputeDevice.CPU, 1);
  }

  private Path model() throws IOException {
    return Files.write(dir.resolve("model.onnx"), OnnxModels.detector(32, 8, 4, 5, 8));
  }

  private static TeacherDescriptor descriptor(
      String input, String cls, int classes, String feature) {
    HeadLevel level = HeadLevel.of(new Level(8, 4, 4), cls, "dist").withFeature(feature, 4);
    return FamilyPreset.named("GFL")
        .describe(
            8, 0.5, IntStream.range(0, classes).mapToObj(i -> "class" + i).toList(), List.of(level))
        .setName("tiny")
        .setInputName(input)
        .setInputWidth(32)
        .setInputHeight(32)
        .setChannelOrder(ChannelOrder.RGB)
        .setMean(List.of(0.0, 0.0, 0.0))
        .setStd(List.of(1.0, 1.0, 1.0))
        .setBatchSize(2)
        .build();
  }
}
