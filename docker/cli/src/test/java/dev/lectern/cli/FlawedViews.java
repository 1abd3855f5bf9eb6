package dev.lectern.cli;

import dev.lectern.schemas.log.Catalog;
import dev.lectern.schemas.log.DatasetDigest;
import dev.lectern.schemas.log.ManifestStore;
import dev.lectern.schemas.log.TopicReader;
import dev.lectern.schemas.record.CatalogEntry;
import dev.lectern.schemas.record.DatasetManifest;
import dev.lectern.schemas.record.View;
import dev.lectern.schemas.serde.Manifest;
import dev.lectern.schemas.topic.Topic;
import dev.lectern.schemas.topic.Topics;
import dev.lectern.schemas.view.Canvas;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/** Views that no teacher can record, put into a dataset that is sealed already. */
final class FlawedViews {
  static final String SPOILED = "spoiled#0";
  static final String TORN = "torn#0";

  private final Map<String, Object> client;
  private final String dataset;

  FlawedViews(Map<String, Object> client, String dataset) {
    this.client = client;
    this.dataset = dataset;
  }

  /** A view whose pixels have their digest but are not a picture. */
  void addOneWithoutPicture() throws Exception {
    byte[] pixels = "no picture".getBytes(StandardCharsets.UTF_8);
    View view =
        View.newBuilder(anyView())
            .setViewId(SPOILED)
            .setImageId("spoiled")
            .setPixels(ByteBuffer.wrap(pixels))
            .setPixelsSha256(ByteBuffer.wrap(Canvas.sha256(pixels)))
            .build();
    Topic<String, View> topic = Topics.views(dataset);
    add(SPOILED, topic.value().serializer().serialize(topic.name(), view), pixels);
  }

  /** A catalogued place of the log where no view lies. */
  void addOneThatIsNoRecord() throws Exception {
    byte[] value = {1, 2, 3};
    add(TORN, value, value);
  }

  private void add(String viewId, byte[] value, byte[] pixels) throws Exception {
    RecordMetadata at = send(Topics.views(dataset), viewId, value);
    SortedMap<String, CatalogEntry> views = Catalog.readUnsealed(client, dataset);
    CatalogEntry entry =
        CatalogEntry.newBuilder(views.get(views.firstKey()))
            .setViewId(viewId)
            .setImageId(viewId)
            .setPartition(at.partition())
            .setOffset(at.offset())
            .setPixelBytes(pixels.length)
            .setPixelsSha256(ByteBuffer.wrap(Canvas.sha256(pixels)))
            .build();
    Topic<String, CatalogEntry> catalog = Topics.catalog(dataset);
    send(catalog, viewId, catalog.value().serializer().serialize(catalog.name(), entry));
    views.put(viewId, entry);
    try (ManifestStore manifests = new ManifestStore(client)) {
      DatasetManifest sealed = manifests.requireDataset(dataset);
      manifests.publish(
          new Manifest.OfDataset(
              DatasetManifest.newBuilder(sealed)
                  .setViews(views.size())
                  .setDigest(DatasetDigest.ofCatalog(views))
                  .setEndOffsets(TopicReader.ends(client, List.of(catalog)))
                  .build()));
    }
  }

  private View anyView() {
    CatalogEntry entry = Catalog.readUnsealed(client, dataset).values().iterator().next();
    View[] found = new View[1];
    try (TopicReader<String, View> reader =
        TopicReader.randomAccess(client, Topics.views(dataset))) {
      reader.read(
          entry.getPartition(),
          entry.getOffset(),
          entry.getOffset() + 1,
          record -> found[0] = record.value());
    }
    return found[0];
  }

  private RecordMetadata send(Topic<String, ?> topic, String key, byte[] value) throws Exception {
    try (KafkaProducer<byte[], byte[]> producer =
        new KafkaProducer<>(client, new ByteArraySerializer(), new ByteArraySerializer())) {
      byte[] utf8 = key.getBytes(StandardCharsets.UTF_8);
      return producer.send(new ProducerRecord<>(topic.name(), utf8, value)).get();
    }
  }
}
