package dev.lectern.teacher.ledger;

import dev.lectern.schemas.descriptor.TensorLayout;
import dev.lectern.schemas.log.Catalog;
import dev.lectern.schemas.log.DatasetDigest;
import dev.lectern.schemas.log.ManifestStore;
import dev.lectern.schemas.log.TopicReader;
import dev.lectern.schemas.record.CatalogEntry;
import dev.lectern.schemas.record.DatasetManifest;
import dev.lectern.schemas.record.DeadLetter;
import dev.lectern.schemas.record.KindEncoding;
import dev.lectern.schemas.record.PayloadLocation;
import dev.lectern.schemas.record.PixelFormat;
import dev.lectern.schemas.record.Receipt;
import dev.lectern.schemas.record.RecordingManifest;
import dev.lectern.schemas.record.State;
import dev.lectern.schemas.record.TeacherTensors;
import dev.lectern.schemas.record.TensorKind;
import dev.lectern.schemas.record.Transform;
import dev.lectern.schemas.record.View;
import dev.lectern.schemas.serde.Manifest;
import dev.lectern.schemas.tensor.Tensor;
import dev.lectern.schemas.tensor.TensorEncoding;
import dev.lectern.schemas.tensor.TensorWriter;
import dev.lectern.schemas.topic.RecordingTopics;
import dev.lectern.schemas.topic.Topic;
import dev.lectern.schemas.topic.TopicCreation;
import dev.lectern.schemas.topic.Topics;
import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.zip.CRC32C;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringSerializer;

/**
 * Writes what producer and workers write, with outputs that are a function of the view's id, so
 * that two recordings of the same views hold the same content.
 */
final class FakeFleet implements AutoCloseable {
  private static final int PARTITIONS = 2;
  private static final int CHUNKS = 3;

  final String dataset;
  final String recording;
  private final Map<String, Object> client;
  private final RecordingManifest manifest;
  private final KafkaProducer<String, byte[]> producer;
  private final TensorWriter tensors = new TensorWriter();
  private long attempts = 1;

  FakeFleet(Map<String, Object> client, String name) {
    this.client = client;
    this.dataset = name + "-data";
    this.recording = name;
    this.manifest = LedgerRecords.openManifest(recording, dataset);
    this.producer = new KafkaProducer<>(client, new StringSerializer(), new ByteArraySerializer());
  }

  /** Publishes views under these ids and seals the dataset. */
  FakeFleet publish(String... viewIds) throws Exception {
    try (Admin admin = Admin.create(client)) {
      TopicCreation.ensure(admin, Topics.ofDataset(dataset), PARTITIONS);
    }
    for (String viewId : viewIds) {
      View view =
          View.newBuilder()
              .setViewId(viewId)
              .setImageId(viewId)
              .setViewNumber(0)
              .setSplit("train")
              .setWidth(24)
              .setHeight(16)
              .setValidWidth(24)
              .setValidHeight(16)
              .setSourceWidth(24)
              .setSourceHeight(16)
              .setTransform(
                  new Transform(List.of(1.0, 0.0, 0.0, 0.0, 1.0, 0.0), List.of(), List.of()))
              .setGroundTruth(List.of())
              .setPixelFormat(PixelFormat.PNG)
              .setPixelsSha256(LedgerRecords.pixels(viewId))
              .setPixels(ByteBuffer.wrap(viewId.getBytes(StandardCharsets.UTF_8)))
              .build();
      RecordMetadata at = send(Topics.views(dataset), viewId, view);
      CatalogEntry entry = LedgerRecords.view(viewId, at.offset());
      entry.setPartition(at.partition());
      send(Topics.catalog(dataset), viewId, entry);
    }
    DatasetManifest sealed = LedgerRecords.dataset(dataset, State.SEALED, viewIds.length);
    sealed.setDigest(DatasetDigest.ofCatalog(Catalog.readUnsealed(client, dataset)));
    sealed.setEndOffsets(TopicReader.ends(client, List.of(Topics.catalog(dataset))));
    publish(new Manifest.OfDataset(sealed));
    return this;
  }

  /** Makes the topics and the manifest, as the first worker does. */
  FakeFleet open() throws Exception {
    try (Admin admin = Admin.create(client)) {
      RecordingTopics.ensure(admin, recording, dataset);
    }
    publish(new Manifest.OfRecording(manifest));
    return this;
  }

  private void publish(Manifest value) throws InterruptedException {
    try (ManifestStore manifests = new ManifestStore(client)) {
      manifests.publish(value);
    }
  }

  /** Payloads and receipt of a view. */
  void record(String viewId) throws Exception {
    commit(payloads(viewId));
  }

  /** Payloads without a receipt, as a killed worker leaves them; the receipt is returned. */
  Receipt payloads(String viewId) throws Exception {
    List<PayloadLocation> locations = new ArrayList<>();
    long attempt = attempts++;
    for (KindEncoding encoding : manifest.getEncodings()) {
      byte[] payload = payload(viewId, encoding.getKind());
      locations.add(write(viewId, encoding.getKind(), attempt, payload, payload));
    }
    return new Receipt(
        viewId,
        LedgerRecords.TEACHER,
        "fake",
        attempt,
        LedgerRecords.pixels(viewId),
        locations,
        System.currentTimeMillis());
  }

  void commit(Receipt receipt) throws Exception {
    send(Topics.receipts(recording), receipt.getViewId(), receipt);
  }

  void giveUp(String viewId) throws Exception {
    CatalogEntry view = Catalog.readUnsealed(client, dataset).get(viewId);
    giveUp(viewId, view.getPartition(), view.getOffset());
  }

  /** The dead letter of a record of the views topic, whatever view is there. */
  void giveUp(String viewId, int partition, long offset) throws Exception {
    DeadLetter letter = LedgerRecords.deadLetter(viewId, offset);
    letter.setTopic(Topics.views(dataset).name());
    letter.setPartition(partition);
    send(Topics.deadLetters(recording), viewId, letter);
  }

  /** A dead letter of a record that could not be read. */
  void giveUpUnread(CatalogEntry view) throws Exception {
    DeadLetter letter = LedgerRecords.deadLetter(null, view.getOffset());
    letter.setTopic(Topics.views(dataset).name());
    letter.setPartition(view.getPartition());
    send(Topics.deadLetters(recording), "unreadable", letter);
  }

  /** The container that the teacher of this fleet says for a view. */
  byte[] payload(String viewId, TensorKind kind) {
    List<Tensor> values = new ArrayList<>();
    TensorLayout.shapes(manifest.getDescriptor(), kind)
        .forEach(
            (name, shape) -> {
              int[] dimensions = shape.stream().mapToInt(Integer::intValue).toArray();
              Random random = new Random(viewId.hashCode() * 31L + kind.ordinal());
              int size = dimensions[0] * dimensions[1] * dimensions[2];
              FloatBuffer buffer = FloatBuffer.allocate(size);
              for (int i = 0; i < size; i++) {
                buffer.put((float) random.nextGaussian());
              }
              values.add(new Tensor(name, dimensions, buffer.flip()));
            });
    return tensors.write(values, TensorEncoding.FLOAT16);
  }

  /**
   * Writes a payload in chunks.
   *
   * @param stated what sizes and checksums are taken from
   * @param sent what is sent instead
   */
  PayloadLocation write(String viewId, TensorKind kind, long attempt, byte[] stated, byte[] sent)
      throws Exception {
    CRC32C crc = new CRC32C();
    crc.update(stated);
    Topic<String, TeacherTensors> topic = Topics.tensors(recording, kind);
    List<Long> offsets = new ArrayList<>();
    int partition = Math.floorMod(viewId.hashCode(), PARTITIONS);
    int size = (sent.length + CHUNKS - 1) / CHUNKS;
    for (int i = 0; i < CHUNKS; i++) {
      int from = Math.min(sent.length, i * size);
      int to = Math.min(sent.length, from + size);
      TeacherTensors chunk =
          new TeacherTensors(
              viewId,
              LedgerRecords.TEACHER,
              kind,
              LedgerRecords.pixels(viewId),
              attempt,
              i,
              CHUNKS,
              (long) stated.length,
              (int) crc.getValue(),
              ByteBuffer.wrap(sent, from, to - from).slice());
      byte[] bytes = topic.value().serializer().serialize(topic.name(), chunk);
      offsets.add(
          producer
              .send(new ProducerRecord<>(topic.name(), partition, viewId, bytes))
              .get()
              .offset());
    }
    return new PayloadLocation(
        kind,
        topic.name(),
        partition,
        offsets,
        (long) stated.length,
        (int) crc.getValue(),
        LedgerRecords.sha256(stated));
  }

  /** Puts any bytes on any topic; null is a tombstone. */
  RecordMetadata sendRaw(Topic<String, ?> topic, String key, byte[] value) throws Exception {
    return producer.send(new ProducerRecord<>(topic.name(), key, value)).get();
  }

  private <V extends SpecificRecord> RecordMetadata send(
      Topic<String, V> topic, String key, V value) throws Exception {
    byte[] bytes = topic.value().serializer().serialize(topic.name(), value);
    return producer.send(new ProducerRecord<>(topic.name(), key, bytes)).get();
  }

  @Override
  public void close() {
    producer.close();
  }
}
