package dev.lectern.teacher.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDManager;
import dev.lectern.detector.Detector;
import dev.lectern.detector.DetectorSpec;
import dev.lectern.detector.device.ComputeDevice;
import dev.lectern.detector.export.StudentExport;
import dev.lectern.detector.network.Detectors;
import dev.lectern.detector.weights.Weights;
import dev.lectern.schemas.config.UserMistakeException;
import dev.lectern.schemas.descriptor.DescriptorYaml;
import dev.lectern.schemas.descriptor.TensorLayout;
import dev.lectern.schemas.record.RecordedTensor;
import dev.lectern.schemas.record.TeacherDescriptor;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StudentTeacherTest {
  private static final String NATIVE =
      """
      classes: 3
      strides: [8, 16]
      backbone: {depth: 18, width: 8}
      neck: {channels: 8}
      head: {bins: 5, depth: 1, channels: 8}
      """;

  @TempDir private Path dir;

  @Test
  void aStudentSaysWhatItsExportSays() throws IOException {
    // Given
    Path file = save(NATIVE);
    TeacherDescriptor descriptor = StudentTeacher.describe(file, List.of("a", "b", "c"), 64, 64, 2);
    Path exported;
    try (NDManager manager = NDManager.newBaseManager("PyTorch");
        Detector student = Detectors.create(Weights.spec(file), manager, 0)) {
      Weights.load(file, student.parameters());
      exported =
          new StudentExport("student", 64, 64, List.of("a", "b", "c"), 2).write(student, dir);
    }

    // When
    try (Teacher student = open(descriptor, file);
        Teacher onnx = open(DescriptorYaml.read(dir.resolve("student.yaml")), exported)) {
      TeacherCheck.require(student, file);
      TeacherOutputs a = infer(student);
      TeacherOutputs b = infer(onnx);

      // Then
      assertThat(student.tensors())
          .extracting(RecordedTensor::getName)
          .containsExactly("cls.0", "cls.1", "dist.0", "dist.1", "fpn.0", "fpn.1");
      for (int i = 0; i < a.specs().size(); i++) {
        assertThat(a.tensor(i, 1).toArray())
            .containsExactly(b.tensor(i, 1).toArray(), within(1e-4f));
      }
      assertThat(student.id()).startsWith("student@").isNotEqualTo(onnx.id());
    }
  }

  @Test
  void aStudentOfOtherClassesNeedsADescriptor() throws IOException {
    Path file = save(NATIVE);

    assertThatThrownBy(() -> StudentTeacher.describe(file, List.of("a", "b"), 64, 64, 2))
        .isInstanceOf(UserMistakeException.class)
        .hasMessage(
            "model "
                + file
                + ": found a student of 3 classes, the dataset has 2; expected --teacher FILE.yaml,"
                + " such as 'lectern export' writes");
  }

  @Test
  void aHeadOfOurOwnBehindATorchScriptNeckCanTeach() throws IOException {
    // Given
    Path neck = SharedFolder.resolve("data/models/nanodet_m_416/nanodet_m_416.neck.torchscript.pt");
    Path file =
        save(
            """
            network: torchscript_neck
            classes: 80
            strides: [8, 16, 32]
            head: {bins: 8, depth: 1, channels: 32}
            script: {model: %s, outputs: [feat_8, feat_16, feat_32]}
            """
                .formatted(neck));
    List<String> names = IntStream.range(0, 80).mapToObj(k -> "class " + k).toList();

    // When, Then
    TeacherDescriptor descriptor = StudentTeacher.describe(file, names, 128, 96, 2);
    try (Teacher student = open(descriptor, file)) {
      TeacherCheck.require(student, file);
      assertThat(TensorLayout.featureChannels(descriptor)).containsExactly(96, 96, 96);
      assertThat(infer(student).tensor(0, 0).shape()).containsExactly(80, 12, 16);
    }
  }

  private Path save(String yaml) throws IOException {
    Path file = dir.resolve("student.safetensors");
    try (NDManager manager = NDManager.newBaseManager("PyTorch");
        Detector student = Detectors.create(DetectorSpec.parse(yaml, "test"), manager, 5)) {
      Weights.save(student, file);
    }
    return file;
  }

  private static Teacher open(TeacherDescriptor descriptor, Path model) {
    return ModelFile.open(descriptor, model, TensorLayout.kinds(descriptor), ComputeDevice.CPU, 1);
  }

  private static TeacherOutputs infer(Teacher teacher) {
    TeacherOutputs outputs = new TeacherOutputs(teacher.tensors(), teacher.batchSize());
    FloatBuffer input = TeacherOutputs.floats((long) teacher.batchSize() * teacher.inputSize());
    SplittableRandom random = new SplittableRandom(3);
    while (input.hasRemaining()) {
      input.put((float) random.nextDouble(-2, 2));
    }
    teacher.infer(input, outputs);
    return outputs;
  }
}
