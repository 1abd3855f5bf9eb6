package dev.lectern.schemas.descriptor;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lectern.schemas.record.BoxForm;
import dev.lectern.schemas.record.InputResize;
import dev.lectern.schemas.record.RecordingManifest;
import dev.lectern.schemas.record.State;
import dev.lectern.schemas.record.TeacherDescriptor;
import dev.lectern.schemas.record.TensorKind;
import dev.lectern.schemas.serde.Manifest;
import dev.lectern.schemas.serde.SchemaHistory;
import dev.lectern.schemas.topic.Topics;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.apache.avro.Schema;
import org.apache.avro.file.DataFileStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The fixtures were written by the versions that they are named after. */
class DescriptorUpgradeTest {
  /** Of descriptor v1.yaml and a model file that holds the word "weights". */
  private static final String ID =
      "tiny@ec645f7fcfb08d76e8cf7e94915c351ff9eab50e04f70576a1f228d333373e7c";

  @TempDir Path folder;

  @ParameterizedTest
  @ValueSource(ints = {1, 2})
  void manifestsOfOlderVersionsAreReadWithTodaysDescriptor(int version) throws IOException {
    // When
    Manifest read =
        Topics.manifests()
            .value()
            .deserializer()
            .deserialize("t", resource("recording-manifest-v" + version + ".bin"));

    // Then
    RecordingManifest manifest = ((Manifest.OfRecording) read).value();
    assertThat(manifest.getDescriptor()).isEqualTo(descriptor());
    assertThat(manifest.getName()).isEqualTo("tiny-recording");
    assertThat(manifest.getState()).isEqualTo(State.SEALED);
    assertThat(manifest.getTeacherId()).isEqualTo(ID);
    assertThat(manifest.getEncodings()).hasSize(2);
    assertThat(manifest.getEndOffsets()).containsEntry("tiny-recording.index-0", 2L);
    assertThat(manifest.getSealedAt()).isEqualTo(2000);
  }

  @Test
  void anArchiveOfAnOlderVersionIsReadWithTodaysDescriptor() throws IOException {
    try (InputStream in = getClass().getResourceAsStream("/descriptor/recording-v2.avro");
        DataFileStream<RecordingManifest> records =
            new DataFileStream<>(in, DescriptorUpgrade.manifestReader())) {
      assertThat(records.next().getDescriptor()).isEqualTo(descriptor());
    }
  }

  @Test
  void whatIsWrittenTodayIsReadTheSame() {
    var serde = DescriptorUpgrade.manifests();
    RecordingManifest manifest =
        RecordingManifest.newBuilder()
            .setName("r")
            .setState(State.OPEN)
            .setDataset("d")
            .setTeacherId(ID)
            .setDescriptor(descriptor())
            .setEncodings(List.of())
            .build();

    byte[] bytes = serde.serializer().serialize("t", manifest);

    assertThat(serde.deserializer().deserialize("t", bytes)).isEqualTo(manifest);
  }

  @Test
  void aTeacherThatTheFirstFormCouldExpressKeepsItsId() throws IOException {
    Path model = Files.writeString(folder.resolve("model.onnx"), "weights");

    assertThat(TeacherId.of(descriptor(), model)).isEqualTo(ID);
    assertThat(DescriptorUpgrade.hashed(descriptor()))
        .isEqualTo(ByteBuffer.wrap(resource("teacher-descriptor-v1.bin")));
  }

  @Test
  void aTeacherThatTheSecondFormCouldExpressKeepsItsId() throws IOException {
    Path model = Files.writeString(folder.resolve("model.onnx"), "weights");
    Path file = Files.write(folder.resolve("v3.yaml"), resource("v3.yaml"));
    TeacherDescriptor anchors = DescriptorYaml.read(file);

    assertThat(DescriptorUpgrade.hashed(anchors))
        .isEqualTo(ByteBuffer.wrap(resource("teacher-descriptor-v3.bin")));
    assertThat(TeacherId.of(anchors, model))
        .isEqualTo("tiny@7dc306777388acf5bfac253e01d2bd45045e57333ae7dfd6a756fac8a6586e74");
  }

  @Test
  void instancesAreHashedInTheFormThatHasThem() throws IOException {
    Path file = Files.write(folder.resolve("v4.yaml"), resource("v4.yaml"));
    TeacherDescriptor queries = DescriptorYaml.read(file);

    assertThat(DescriptorUpgrade.hashed(queries))
        .isEqualTo(ByteBuffer.wrap(resource("teacher-descriptor-v4.bin")));
  }

  @Test
  void whatIsThereForPeopleIsNoPartOfTheId() throws IOException {
    Path model = Files.writeString(folder.resolve("model.onnx"), "weights");
    TeacherDescriptor renamed = descriptor();
    renamed.setFamily("NANODET");
    renamed.setConversionLosses(List.of("logits beyond 16"));
    renamed.setInputResize(InputResize.STRETCH);
    TeacherDescriptor other = TeacherDescriptor.newBuilder(renamed).build();
    other.getBoxes().setForm(BoxForm.LTRB);
    TeacherDescriptor otherRenamed = TeacherDescriptor.newBuilder(other).setFamily("").build();

    assertThat(TeacherId.of(renamed, model)).isEqualTo(ID);
    assertThat(TeacherId.of(other, model)).isNotEqualTo(ID);
    assertThat(TeacherId.of(other, model)).isEqualTo(TeacherId.of(otherRenamed, model));
  }

  /** Pinned from the release whose manifests are of version 3. */
  @Test
  void aFieldThatCameLaterChangesNoId() throws IOException {
    Path model = Files.writeString(folder.resolve("model.onnx"), "weights");
    TeacherDescriptor descriptor = descriptor();
    descriptor.getBoxes().setForm(BoxForm.LTRB);

    assertThat(TeacherId.of(descriptor, model))
        .isEqualTo("tiny@8b28c8f806f4c9530c7f4555aa53ba961d861023003b0f49c4dcb6dbacf90054");
  }

  @Test
  void whatTheFirstFormCouldNotExpressIsHashedInFull() {
    for (int change = 0; change < 6; change++) {
      TeacherDescriptor changed = TeacherDescriptor.newBuilder(descriptor()).build();
      switch (change) {
        case 0 -> changed.getBoxes().setBinValues(List.of(0., 1., 2., 4., 8., 16., 32., 64.));
        case 1 -> changed.getClasses().setBackground(dev.lectern.schemas.record.Background.LAST);
        case 2 -> changed.setQuality(dev.lectern.schemas.record.BoxQuality.CENTERNESS);
        case 3 -> changed.getTensors().get(0).setConversion("TRANSPOSE");
        case 4 -> changed.setTask(dev.lectern.schemas.record.Task.SEGMENTATION);
        default -> changed.getTensors().get(0).setShape(List.of(3, 8, 13));
      }
      assertThat(DescriptorUpgrade.hashed(changed))
          .as("change %s", change)
          .isNotEqualTo(DescriptorUpgrade.hashed(descriptor()));
    }
  }

  @Test
  void aKindOfTensorsKeepsItsNamesAndShapes() throws IOException {
    assertThat(TensorLayout.shapes(descriptor(), TensorKind.CLASS_SCORES))
        .containsExactlyEntriesOf(
            new java.util.TreeMap<>(
                java.util.Map.of("cls.0", List.of(2, 8, 13), "cls.1", List.of(2, 4, 7))));
    assertThat(TensorLayout.shapes(descriptor(), TensorKind.FPN_FEATURES))
        .containsExactlyEntriesOf(java.util.Map.of("fpn.0", List.of(96, 8, 13)));
  }

  @Test
  void theHistoryEndsWithTodaysDescriptor() {
    List<Schema> released = SchemaHistory.of(RecordingManifest.class);

    assertThat(released.get(released.size() - 1).getField("descriptor").schema())
        .isEqualTo(TeacherDescriptor.getClassSchema());
  }

  private TeacherDescriptor descriptor() {
    try {
      Path file = folder.resolve("v1.yaml");
      Files.write(file, resource("v1.yaml"));
      return DescriptorYaml.read(file);
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  private byte[] resource(String name) throws IOException {
    try (InputStream in = getClass().getResourceAsStream("/descriptor/" + name)) {
      return in.readAllBytes();
    }
  }
}
