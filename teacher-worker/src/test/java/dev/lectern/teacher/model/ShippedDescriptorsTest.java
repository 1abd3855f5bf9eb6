package dev.lectern.teacher.model;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lectern.detector.device.ComputeDevice;
import dev.lectern.schemas.descriptor.DescriptorYaml;
import dev.lectern.schemas.descriptor.TeacherId;
import dev.lectern.schemas.descriptor.TensorLayout;
import dev.lectern.schemas.record.ChannelOrder;
import dev.lectern.schemas.record.RecordedTensor;
import dev.lectern.schemas.record.TeacherDescriptor;
import dev.lectern.schemas.record.TensorKind;
import dev.lectern.teacher.recording.Encoding;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class ShippedDescriptorsTest {
  @ParameterizedTest
  @CsvSource({
    "nanodet-plus-m-1.5x-416, 4, 0.0, 128, 0",
    "nanodet-plus-m-1.5x-416-torchscript, 4, 0.0, 128, 12",
    "nanodet-m-416, 3, 0.5, 96, 0",
    "nanodet-m-416-torchscript, 3, 0.5, 96, 9"
  })
  void everyShippedDescriptorIsWhatItsModelNeeds(
      String name, int levels, double gridOffset, int channels, int outputs) {
    // When
    TeacherDescriptor descriptor = DescriptorYaml.read(SharedFolder.descriptor(name));

    // Then
    assertThat(descriptor.getName()).isEqualTo(name);
    assertThat(descriptor.getInputWidth()).isEqualTo(416);
    assertThat(descriptor.getInputHeight()).isEqualTo(416);
    assertThat(descriptor.getChannelOrder()).isEqualTo(ChannelOrder.BGR);
    assertThat(descriptor.getMean()).containsExactly(103.53, 116.28, 123.675);
    assertThat(descriptor.getStd()).containsExactly(57.375, 57.12, 58.395);
    assertThat(TensorLayout.bins(descriptor)).isEqualTo(8);
    assertThat(descriptor.getPriors().getGridOffset()).isEqualTo(gridOffset);
    assertThat(TensorLayout.levels(descriptor)).hasSize(levels);
    assertThat(TensorLayout.featureChannels(descriptor)).containsOnly(channels);
    assertThat(TensorLayout.levels(descriptor).get(0).height()).isEqualTo(52);
    assertThat(descriptor.getClassNames()).hasSize(80).startsWith("person").endsWith("toothbrush");
    assertThat(descriptor.getOutputs()).hasSize(outputs);
  }

  @ParameterizedTest
  @CsvSource({
    "nanodet-m-416, 00e102791db93b56833fb2aab8eb32a9f5712944222b7e8204e6493e8d0af684",
    "nanodet-m-416-torchscript, 0265acf837dca8554d99af43220769dc368b85ad0a44b8689562445f622e8f70",
    "nanodet-plus-m-1.5x-416, 2e9f1fa5483726fdf3c71a41891f32dc4dafec65648059312f5f0b16b66d9cdc",
    "nanodet-plus-m-1.5x-416-torchscript,"
        + " b8a441e3fadce20007ed7bb6b177b162f5829b4973750ff99c50404878c4f974"
  })
  void idsStayWhatTheyWereWhenRecordingsWereMade(String name, String digest, @TempDir Path folder)
      throws IOException {
    Path model = Files.writeString(folder.resolve("model"), "weights");

    assertThat(TeacherId.of(DescriptorYaml.read(SharedFolder.descriptor(name)), model))
        .isEqualTo(name + "@" + digest);
  }

  @ParameterizedTest
  @MethodSource("everyDescriptor")
  void everyShippedDescriptorOpensAModelWithItsOutputs(Path file, @TempDir Path folder)
      throws IOException {
    // Given
    TeacherDescriptor descriptor = DescriptorYaml.read(file);
    descriptor.setBatchSize(1);
    Path model = Files.write(folder.resolve("model.onnx"), HeadExports.fitting(descriptor));

    // When
    try (Teacher teacher =
        ModelFile.open(descriptor, model, TensorLayout.kinds(descriptor), ComputeDevice.CPU, 1)) {
      TeacherOutputs outputs = new TeacherOutputs(teacher.tensors(), 1);
      teacher.infer(TeacherOutputs.floats(teacher.inputSize()), outputs);

      // Then
      for (int i = 0; i < teacher.tensors().size(); i++) {
        float[] tensor = outputs.tensor(i, 0).toArray();
        if (teacher.tensors().get(i).getKind() == TensorKind.INSTANCES) {
          assertThat(tensor).doesNotContain(Float.NaN);
          continue;
        }
        assertThat(tensor[tensor.length - 1]).as(teacher.tensors().get(i).getName()).isNotZero();
      }
    }
    assertThat(Files.readString(file)).startsWith("# ");
    assertThat(descriptor.getName()).isEqualTo(file.getFileName().toString().replace(".yaml", ""));
  }

  static List<Path> everyDescriptor() throws IOException {
    try (Stream<Path> files = Files.list(SharedFolder.descriptor("any").getParent())) {
      return files.filter(f -> f.toString().endsWith(".yaml")).sorted().toList();
    }
  }

  /** Written into the README with {@code -Dlectern.sizes=write}. */
  @Test
  void theReadmeSaysWhatAViewOfEachTeacherTakes() throws IOException {
    StringBuilder table =
        new StringBuilder("| teacher | class scores | box outputs | features | instances |\n");
    table.append("|---|---|---|---|---|\n");
    for (Path file : everyDescriptor()) {
      TeacherDescriptor teacher = DescriptorYaml.read(file);
      table.append("| `").append(teacher.getName()).append("` |");
      for (TensorKind kind : TensorKind.values()) {
        long values =
            TensorLayout.tensors(teacher, List.of(kind)).stream()
                .mapToLong(TensorLayout::size)
                .sum();
        long bytes = values * Encoding.DEFAULT.valuesOf(kind).width();
        table.append(values == 0 ? " - |" : String.format(Locale.ROOT, " %,.1f |", bytes / 1e3));
      }
      table.append('\n');
    }
    Path readme = Path.of("README.md");
    String text = Files.readString(readme);
    int begin = text.indexOf(SIZES) + SIZES.length();
    int end = text.indexOf("<!-- end of sizes -->");
    if (System.getProperty("lectern.sizes", "").equals("write")) {
      Files.writeString(readme, text.substring(0, begin) + table + text.substring(end));
    }
    assertThat(Files.readString(readme)).contains(SIZES + table + "<!-- end of sizes -->");
  }

  private static final String SIZES = "<!-- sizes, by ShippedDescriptorsTest -->\n";

  @Test
  void tensorsAreNamedByKindAndLevel() {
    // Given
    TeacherDescriptor descriptor =
        DescriptorYaml.read(SharedFolder.descriptor("nanodet-plus-m-1.5x-416"));

    // When
    List<RecordedTensor> specs =
        TensorLayout.tensors(
            descriptor, EnumSet.range(TensorKind.CLASS_SCORES, TensorKind.FPN_FEATURES));

    // Then
    assertThat(specs)
        .extracting(RecordedTensor::getName)
        .containsExactly(
            "cls.0", "cls.1", "cls.2", "cls.3", "dist.0", "dist.1", "dist.2", "dist.3", "fpn.0",
            "fpn.1", "fpn.2", "fpn.3");
    assertThat(specs.get(5))
        .isEqualTo(
            new RecordedTensor(
                "dist.1", TensorKind.BOX_LOGITS, "dist_logits_16", List.of(32, 26, 26), 16, ""));
  }
}
