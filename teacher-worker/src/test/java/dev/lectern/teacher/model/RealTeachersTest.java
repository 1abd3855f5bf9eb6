package dev.lectern.teacher.model;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDManager;
import dev.lectern.detector.Detector;
import dev.lectern.detector.DetectorSpec;
import dev.lectern.detector.device.ComputeDevice;
import dev.lectern.detector.export.StudentExport;
import dev.lectern.detector.network.Detectors;
import dev.lectern.schemas.descriptor.DescriptorYaml;
import dev.lectern.schemas.descriptor.TensorLayout;
import dev.lectern.schemas.record.RecordedTensor;
import dev.lectern.schemas.record.TeacherDescriptor;
import dev.lectern.schemas.record.TensorKind;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** NanoDet's published weights, where the folder that holds them is present. */
class RealTeachersTest {
  @TempDir private Path folder;

  @ParameterizedTest
  @CsvSource({
    "nanodet-plus-m-1.5x-416, nanodet_plus_m_1.5x_416, onnx",
    "nanodet-plus-m-1.5x-416-torchscript, nanodet_plus_m_1.5x_416, torchscript.pt",
    "nanodet-m-416, nanodet_m_416, onnx",
    "nanodet-m-416-torchscript, nanodet_m_416, torchscript.pt"
  })
  void theGoldenOutputsComeOut(String descriptor, String folder, String ending) throws IOException {
    // Given
    float[] image = goldenInput(folder);
    Map<String, float[]> golden =
        Npz.read(
            SharedFolder.resolve("data/models/" + folder + "/golden_outputs_000000000139.npz"));

    // When
    try (Teacher teacher = open(descriptor, folder, ending, 2)) {
      TeacherOutputs outputs = run(teacher, image, 3, 5L);

      // Then
      for (int i = 0; i < teacher.tensors().size(); i++) {
        RecordedTensor spec = teacher.tensors().get(i);
        assertThat(maxDifference(outputs.tensor(i, 3).toArray(), golden.get(spec.getOutput())))
            .as(spec.getOutput())
            .isLessThan(2e-4f);
      }
    }
  }

  @ParameterizedTest
  @CsvSource({
    "atss-person-vehicle-bike-2004, atss_person_vehicle_bike_2004, atss_pvb2004.onnx",
    "deeplabv3-mobilenetv2-257, deeplabv3_mobilenetv2_257, deeplabv3_mnv2.onnx"
  })
  void theGoldenOutputsOfOtherHeadsComeOut(String descriptor, String folder, String file)
      throws IOException {
    // Given
    float[] image = goldenInput(folder);
    Map<String, float[]> golden =
        Npz.read(
            SharedFolder.resolve("data/models/" + folder + "/golden_outputs_000000000139.npz"));
    Path model = SharedFolder.resolve("data/models/" + folder + "/" + file);
    TeacherDescriptor yaml = DescriptorYaml.read(SharedFolder.descriptor(descriptor));

    // When
    try (Teacher teacher =
        ModelFile.open(yaml, model, TensorLayout.kinds(yaml), ComputeDevice.CPU, 1)) {
      TeacherCheck.require(teacher, model);
      TeacherOutputs outputs = run(teacher, image, 3, 5L);

      // Then
      for (int i = 0; i < teacher.tensors().size(); i++) {
        RecordedTensor spec = teacher.tensors().get(i);
        assertThat(maxDifference(outputs.tensor(i, 3).toArray(), golden.get(spec.getOutput())))
            .as(spec.getOutput())
            .isLessThan(1e-3f);
      }
    }
  }

  @Test
  void onnxAndTorchScriptSayTheSame() throws IOException {
    // Given
    float[] image = goldenInput("nanodet_m_416");

    // When
    try (Teacher onnx = open("nanodet-m-416", "nanodet_m_416", "onnx", 1);
        Teacher torch = open("nanodet-m-416-torchscript", "nanodet_m_416", "torchscript.pt", 1)) {
      TeacherOutputs a = run(onnx, image, 0, 1L);
      TeacherOutputs b = run(torch, image, 0, 1L);

      // Then
      for (int i = 0; i < onnx.tensors().size(); i++) {
        assertThat(maxDifference(a.tensor(i, 0).toArray(), b.tensor(i, 0).toArray()))
            .as(onnx.tensors().get(i).getName())
            .isLessThan(1e-4f);
      }
      assertThat(onnx.id()).isNotEqualTo(torch.id());
    }
  }

  @Test
  void anExportedTorchScriptStudentSaysWhatItSaidBefore() throws IOException {
    // Given
    float[] image = goldenInput("nanodet_m_416");
    Path model = SharedFolder.resolve("data/models/nanodet_m_416/nanodet_m_416.torchscript.pt");
    DetectorSpec spec =
        DetectorSpec.parse(
            """
            network: torchscript
            classes: 80
            bins: 8
            strides: [8, 16, 32]
            grid-offset: 0.5
            input: {channel-order: BGR, mean: [103.53, 116.28, 123.675], std: [57.375, 57.12, 58.395]}
            script:
              model: %s
              outputs: [cls_8, dist_8, feat_8, cls_16, dist_16, feat_16, cls_32, dist_32, feat_32]
            """
                .formatted(model),
            "test");
    List<String> classes = IntStream.range(0, 80).mapToObj(k -> "class " + k).toList();

    // When
    Path exported;
    try (NDManager manager = NDManager.newBaseManager("PyTorch");
        Detector student = Detectors.create(spec, manager, 1)) {
      exported = new StudentExport("again", 416, 416, classes, 8).write(student, folder);
    }

    // Then
    TeacherDescriptor descriptor = DescriptorYaml.read(folder.resolve("again.yaml"));
    try (Teacher before = open("nanodet-m-416-torchscript", "nanodet_m_416", "torchscript.pt", 1);
        Teacher again =
            ModelFile.open(
                descriptor,
                exported,
                EnumSet.range(TensorKind.CLASS_SCORES, TensorKind.FPN_FEATURES),
                ComputeDevice.CPU,
                1)) {
      assertThat(again.tensors()).hasSize(9);
      TeacherOutputs a = run(before, image, 0, 1L);
      TeacherOutputs b = run(again, image, 0, 1L);
      for (int i = 0; i < again.tensors().size(); i++) {
        assertThat(b.tensor(i, 0).toArray()).isEqualTo(a.tensor(i, 0).toArray());
      }
    }
  }

  @ParameterizedTest
  @CsvSource({
    "nanodet-plus-m-1.5x-416, nanodet_plus_m_1.5x_416, onnx, 1",
    "nanodet-plus-m-1.5x-416, nanodet_plus_m_1.5x_416, onnx, 2",
    "nanodet-plus-m-1.5x-416-torchscript, nanodet_plus_m_1.5x_416, torchscript.pt, 1",
    "nanodet-plus-m-1.5x-416-torchscript, nanodet_plus_m_1.5x_416, torchscript.pt, 2"
  })
  void anOutputDependsNeitherOnItsPlaceInTheBatchNorOnItsNeighbours(
      String descriptor, String folder, String ending, int threads) throws IOException {
    // Given
    float[] image = goldenInput(folder);

    // When
    try (Teacher teacher = open(descriptor, folder, ending, threads)) {
      List<List<float[]>> runs = new ArrayList<>();
      for (int slot : new int[] {0, 3, 7}) {
        TeacherOutputs outputs = run(teacher, image, slot, slot + 1L);
        List<float[]> tensors = new ArrayList<>();
        for (int i = 0; i < teacher.tensors().size(); i++) {
          tensors.add(outputs.tensor(i, slot).toArray());
        }
        runs.add(tensors);
      }

      // Then
      for (int i = 0; i < teacher.tensors().size(); i++) {
        for (List<float[]> other : runs) {
          assertThat(Arrays.equals(other.get(i), runs.get(0).get(i)))
              .as(teacher.tensors().get(i).getName())
              .isTrue();
        }
      }
    }
  }

  /** The image in one place of a batch, noise in the others. */
  private static TeacherOutputs run(Teacher teacher, float[] image, int slot, long seed) {
    FloatBuffer input = TeacherOutputs.floats((long) teacher.batchSize() * teacher.inputSize());
    SplittableRandom random = new SplittableRandom(seed);
    while (input.hasRemaining()) {
      input.put((float) random.nextDouble(-2, 2));
    }
    input.put(slot * teacher.inputSize(), image);
    TeacherOutputs outputs = new TeacherOutputs(teacher.tensors(), teacher.batchSize());
    teacher.infer(input, outputs);
    return outputs;
  }

  private static float[] goldenInput(String folder) throws IOException {
    return Npz.read(
            SharedFolder.resolve("data/models/" + folder + "/golden_input_000000000139.npz"))
        .values()
        .iterator()
        .next();
  }

  private static Teacher open(String descriptor, String folder, String ending, int threads) {
    Path file = SharedFolder.resolve("data/models/" + folder + "/" + folder + "." + ending);
    TeacherDescriptor yaml = DescriptorYaml.read(SharedFolder.descriptor(descriptor));
    return ModelFile.open(
        yaml,
        file,
        EnumSet.range(TensorKind.CLASS_SCORES, TensorKind.FPN_FEATURES),
        ComputeDevice.CPU,
        threads);
  }

  private static float maxDifference(float[] a, float[] b) {
    assertThat(a).hasSameSizeAs(b);
    float max = 0;
    for (int i = 0; i < a.length; i++) {
      max = Math.max(max, Math.abs(a[i] - b[i]));
    }
    return max;
  }
}
