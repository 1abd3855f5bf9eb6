package dev.lectern.teacher.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lectern.detector.device.ComputeDevice;
import dev.lectern.schemas.config.UserMistakeException;
import dev.lectern.schemas.descriptor.DescriptorYaml;
import dev.lectern.schemas.record.TensorKind;
import dev.lectern.teacher.recognition.ModelContents;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TorchScriptTeacherTest {
  /** Leaves out as many rows of its output as the largest value of the image says. */
  private static final String CODE =
      """
      class Shrinking(Module):
        __parameters__ = []
        __buffers__ = []
        training : bool
        def forward(self: __torch__.Shrinking,
          x: Tensor) -> Tensor:
          rows = torch.sub(8, int(torch.max(x)))
          return torch.zeros([1, 2, rows, 8])
      """;

  private static final String DESCRIPTOR =
      """
      name: shrinking
      input: {name: image, width: 64, height: 64, channels: RGB, mean: [0, 0, 0], std: [1, 1, 1]}
      head: {type: GFL, bins: 8, grid-offset: 0}
      levels: [{stride: 8, class-scores: output0, box-logits: boxes}]
      class-names: [a, b]
      batch-size: 1
      """;

  @TempDir private Path dir;

  @Test
  void anOutputOfAnotherShapeThanBeforeIsNotTaken() throws IOException {
    Path yaml = Files.writeString(dir.resolve("teacher.yaml"), DESCRIPTOR);
    try (Teacher teacher =
        ModelFile.open(
            DescriptorYaml.read(yaml),
            script(CODE),
            List.of(TensorKind.CLASS_SCORES),
            ComputeDevice.CPU,
            1)) {
      TeacherOutputs outputs = new TeacherOutputs(teacher.tensors(), 1);
      FloatBuffer image = TeacherOutputs.floats(teacher.inputSize());

      teacher.infer(image, outputs);
      assertThat(outputs.tensor(0, 0).shape()).containsExactly(2, 8, 8);

      image.put(100, 3);
      assertThatThrownBy(() -> teacher.infer(image, outputs))
          .isInstanceOf(InferenceException.class)
          .hasMessage(
              "teacher shrinking: output output0: found shape (1, 2, 5, 8), expected (1, 2, 8, 8)"
                  + " as with a batch of zeros");
    }
  }

  @Test
  void aNumberBesideTensorsIsRefused() throws IOException {
    Path yaml = Files.writeString(dir.resolve("teacher.yaml"), DESCRIPTOR);
    Path model =
        script(
            CODE.replace("-> Tensor", "-> Tuple[Tensor, int]")
                .replace("rows, 8])", "rows, 8]), 3"));
    String says =
        "model "
            + model
            + ": found an output that is no tensor, expected tensors: export the model with tensors"
            + " as outputs";

    assertThatThrownBy(
            () ->
                ModelFile.open(
                    DescriptorYaml.read(yaml),
                    model,
                    List.of(TensorKind.CLASS_SCORES),
                    ComputeDevice.CPU,
                    1))
        .isInstanceOf(UserMistakeException.class)
        .hasMessage(says);
    assertThatThrownBy(() -> ModelContents.read(model, new ModelContents.Size(64, 64)))
        .isInstanceOf(UserMistakeException.class)
        .hasMessage(says);
  }

  private Path script(String code) throws IOException {
    Map<String, String> files =
        Map.of(
            "data.pkl",
            "\u0080\2c__torch__\nShrinking\nq\0)\u0081}(X\b\0\0\0trainingq\1\u0089ubq\2.",
            "code/__torch__.py",
            code,
            "constants.pkl",
            "\u0080\2).",
            "version",
            "3\n");
    Path file = dir.resolve("model.pt");
    try (ZipOutputStream zip = new ZipOutputStream(Files.newOutputStream(file))) {
      for (Map.Entry<String, String> entry : files.entrySet()) {
        zip.putNextEntry(new ZipEntry("model/" + entry.getKey()));
        zip.write(entry.getValue().getBytes(StandardCharsets.ISO_8859_1));
        zip.closeEntry();
      }
    }
    return file;
  }
}
