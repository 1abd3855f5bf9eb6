package dev.lectern.schemas.serde;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.lectern.schemas.record.CatalogEntry;
import dev.lectern.schemas.record.DatasetManifest;
import dev.lectern.schemas.record.PixelFormat;
import dev.lectern.schemas.record.RecordingManifest;
import dev.lectern.schemas.record.State;
import dev.lectern.schemas.record.TeacherTensors;
import dev.lectern.schemas.record.TensorKind;
import dev.lectern.schemas.topic.Topics;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.apache.avro.Schema;
import org.apache.avro.SchemaNormalization;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.GenericRecord;
import org.apache.avro.message.BinaryMessageEncoder;
import org.apache.kafka.common.serialization.Serde;
import org.junit.jupiter.api.Test;

class AvroSerdeTest {
  private final AvroSerde<TeacherTensors> serde = new AvroSerde<>(TeacherTensors.class);

  @Test
  void aRecordComesBackEqual() {
    TeacherTensors record = tensors(new byte[] {1, 2, 3});

    byte[] bytes = serde.serializer().serialize("topic", record);

    assertThat(serde.deserializer().deserialize("topic", bytes)).isEqualTo(record);
  }

  @Test
  void theBytesBeginWithTheSingleObjectHeader() {
    byte[] bytes = serde.serializer().serialize("topic", tensors(new byte[0]));

    long fingerprint = SchemaNormalization.parsingFingerprint64(TeacherTensors.getClassSchema());
    assertThat(bytes).startsWith(0xC3, 0x01, (int) (fingerprint & 0xFF));
  }

  @Test
  void nothingStaysNothing() {
    assertThat(serde.serializer().serialize("topic", null)).isNull();
    assertThat(serde.deserializer().deserialize("topic", null)).isNull();
  }

  @Test
  void aRecordThatClaimsTwoGigabytesIsRefused() {
    // Given a view id of 1 byte, then a payload length of 2^31 - 1 where few bytes follow
    byte[] bytes = serde.serializer().serialize("topic", tensors(new byte[] {9}));
    byte[] hostile = Arrays.copyOf(bytes, bytes.length + 4);
    byte[] length = {(byte) 0xFE, (byte) 0xFF, (byte) 0xFF, (byte) 0xFF, 0x0F};
    System.arraycopy(length, 0, hostile, bytes.length - 2, length.length);

    assertThatThrownBy(() -> serde.deserializer().deserialize("rec.box-logits", hostile))
        .isInstanceOf(CorruptRecordException.class)
        .hasMessageContaining(
            "rec.box-logits: found " + hostile.length + " bytes that are not a TeacherTensors");
  }

  @Test
  void recordsOfAForeignSchemaAreRefusedByName() throws Exception {
    Schema foreign =
        new Schema.Parser()
            .parse(
                "{\"type\":\"record\",\"name\":\"X\",\"fields\":[{\"name\":\"a\",\"type\":\"int\"}]}");
    GenericRecord record = new GenericData.Record(foreign);
    record.put("a", 1);
    ByteBuffer encoded =
        new BinaryMessageEncoder<GenericRecord>(GenericData.get(), foreign).encode(record);
    byte[] bytes = new byte[encoded.remaining()];
    encoded.get(bytes);

    assertThatThrownBy(() -> serde.deserializer().deserialize("topic", bytes))
        .isInstanceOf(CorruptRecordException.class)
        .hasMessageContaining("unknown schema, expected a TeacherTensors");
  }

  @Test
  void truncatedAndDamagedRecordsAreRefusedOrDiffer() {
    byte[] bytes = serde.serializer().serialize("topic", tensors(new byte[50]));
    for (int length = 0; length < bytes.length; length++) {
      byte[] part = Arrays.copyOf(bytes, length);
      assertThat(catchThrowable(() -> serde.deserializer().deserialize("topic", part)))
          .isInstanceOf(CorruptRecordException.class);
    }
    SplittableRandom random = new SplittableRandom(5);
    for (int i = 0; i < 5_000; i++) {
      byte[] damaged = bytes.clone();
      damaged[random.nextInt(damaged.length)] ^= (byte) (1 << random.nextInt(8));
      Throwable thrown = catchThrowable(() -> serde.deserializer().deserialize("topic", damaged));
      assertThat(thrown == null || thrown instanceof CorruptRecordException)
          .as("%s", thrown)
          .isTrue();
    }
  }

  @Test
  void theManifestTopicHoldsBothKinds() {
    Serde<Manifest> manifests = Topics.manifests().value();
    Manifest dataset =
        new Manifest.OfDataset(
            DatasetManifest.newBuilder()
                .setName("mini")
                .setState(State.SEALED)
                .setClassNames(List.of("cat"))
                .setCategoryIds(List.of(17L))
                .setSourceFormat("coco")
                .setWidth(416)
                .setHeight(416)
                .setViewsPerImage(1)
                .setPixelFormat(PixelFormat.PNG)
                .setImages(1)
                .setViews(1)
                .setObjects(1)
                .build());
    Manifest recording =
        new Manifest.OfRecording(
            RecordingManifest.newBuilder()
                .setName("mini-plus")
                .setState(State.OPEN)
                .setDataset("mini")
                .setTeacherId("t@00")
                .setDescriptor(dev.lectern.schemas.descriptor.DescriptorYamlTest.descriptor())
                .setEncodings(List.of())
                .setBytesPerKind(Map.of())
                .build());

    for (Manifest manifest : List.of(dataset, recording)) {
      byte[] bytes = manifests.serializer().serialize("topic", manifest);
      assertThat(manifests.deserializer().deserialize("topic", bytes)).isEqualTo(manifest);
    }
  }

  @Test
  void aCatalogEntryIsNotAManifest() {
    byte[] bytes =
        new AvroSerde<>(CatalogEntry.class)
            .serializer()
            .serialize(
                "topic",
                new CatalogEntry(
                    "a#0",
                    "a",
                    0,
                    "train",
                    1,
                    1,
                    0,
                    0L,
                    1L,
                    ByteBuffer.wrap(new byte[32]),
                    ByteBuffer.allocate(0)));

    assertThatThrownBy(
            () -> Topics.manifests().value().deserializer().deserialize("lectern.manifests", bytes))
        .isInstanceOf(CorruptRecordException.class);
  }

  private static TeacherTensors tensors(byte[] payload) {
    return TeacherTensors.newBuilder()
        .setViewId("7#0")
        .setTeacherId("t@00")
        .setKind(TensorKind.BOX_LOGITS)
        .setPixelsSha256(ByteBuffer.wrap(new byte[32]))
        .setAttemptId(42)
        .setPayloadBytes(payload.length)
        .setPayloadCrc32c(0)
        .setPayload(ByteBuffer.wrap(payload))
        .build();
  }
}
