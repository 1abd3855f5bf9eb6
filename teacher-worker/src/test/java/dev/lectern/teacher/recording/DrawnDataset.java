package dev.lectern.teacher.recording;

import dev.lectern.schemas.log.DatasetDigest;
import dev.lectern.schemas.log.ManifestStore;
import dev.lectern.schemas.record.CatalogEntry;
import dev.lectern.schemas.record.DatasetManifest;
import dev.lectern.schemas.record.PixelFormat;
import dev.lectern.schemas.record.State;
import dev.lectern.schemas.record.Transform;
import dev.lectern.schemas.record.View;
import dev.lectern.schemas.serde.Manifest;
import dev.lectern.schemas.topic.TopicCreation;
import dev.lectern.schemas.topic.Topics;
import dev.lectern.schemas.view.Canvas;
import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.SortedMap;
import java.util.TreeMap;
import javax.imageio.ImageIO;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/** Puts a dataset of drawn images on Kafka, as a publisher would. */
final class DrawnDataset {
  private static final int PARTITIONS = 2;

  private final Map<String, Object> client;
  private final String name;
  private final int size;
  private final List<View> views = new ArrayList<>();

  DrawnDataset(Map<String, Object> client, String name, int size) {
    this.client = client;
    this.name = name;
    this.size = size;
  }

  /** Draws and publishes {@code count} views and the sealed manifest. */
  static DrawnDataset publish(Map<String, Object> client, String name, int size, int count)
      throws Exception {
    DrawnDataset dataset = new DrawnDataset(client, name, size);
    for (int i = 0; i < count; i++) {
      dataset.views.add(dataset.view("image" + i, i));
    }
    try (Admin admin = Admin.create(client)) {
      TopicCreation.ensure(admin, Topics.ofDataset(name), PARTITIONS);
    }
    for (View view : dataset.views) {
      dataset.send(view);
    }
    try (ManifestStore manifests = new ManifestStore(client)) {
      DatasetManifest manifest = dataset.manifest();
      SortedMap<String, byte[]> digests = new TreeMap<>();
      for (View view : dataset.views) {
        digests.put(view.getViewId(), view.getPixelsSha256().array());
      }
      manifest.setDigest(DatasetDigest.of(digests));
      manifests.publish(new Manifest.OfDataset(manifest));
    }
    return dataset;
  }

  List<View> views() {
    return views;
  }

  /** Sends a view and its catalog entry. */
  void send(View view) throws Exception {
    byte[] value = Topics.views(name).value().serializer().serialize("", view);
    RecordMetadata at = sendRaw(view.getViewId(), value);
    CatalogEntry entry =
        new CatalogEntry(
            view.getViewId(),
            view.getImageId(),
            view.getViewNumber(),
            view.getSplit(),
            view.getWidth(),
            view.getHeight(),
            at.partition(),
            at.offset(),
            (long) view.getPixels().remaining(),
            view.getPixelsSha256(),
            view.getLabelMapSha256());
    byte[] key = view.getViewId().getBytes(StandardCharsets.UTF_8);
    sendTo(
        Topics.catalog(name).name(),
        key,
        Topics.catalog(name).value().serializer().serialize("", entry));
  }

  /** Sends any bytes as a view. */
  RecordMetadata sendRaw(String key, byte[] value) throws Exception {
    return sendTo(
        Topics.views(name).name(),
        key == null ? null : key.getBytes(StandardCharsets.UTF_8),
        value);
  }

  private RecordMetadata sendTo(String topic, byte[] key, byte[] value) throws Exception {
    Map<String, Object> settings = new java.util.HashMap<>(client);
    settings.put(ProducerConfig.MAX_REQUEST_SIZE_CONFIG, Topics.MAX_MESSAGE_BYTES);
    try (KafkaProducer<byte[], byte[]> producer =
        new KafkaProducer<>(settings, new ByteArraySerializer(), new ByteArraySerializer())) {
      return producer.send(new ProducerRecord<>(topic, key, value)).get();
    }
  }

  View view(String imageId, int seed) throws IOException {
    byte[] png = png(seed);
    return new View(
        imageId + "#0",
        imageId,
        0,
        "train",
        size,
        size,
        size,
        size,
        size,
        size,
        new Transform(List.of(1.0, 0.0, 0.0, 0.0, 1.0, 0.0), List.of(), List.of()),
        List.of(),
        PixelFormat.PNG,
        true,
        ByteBuffer.wrap(Canvas.sha256(png)),
        ByteBuffer.allocate(0),
        ByteBuffer.allocate(0),
        ByteBuffer.wrap(png));
  }

  private byte[] png(int seed) throws IOException {
    BufferedImage image = new BufferedImage(size, size, BufferedImage.TYPE_3BYTE_BGR);
    Graphics2D graphics = image.createGraphics();
    Random random = new Random(seed);
    for (int i = 0; i < 20; i++) {
      graphics.setColor(new Color(random.nextInt(1 << 24)));
      graphics.fillOval(
          random.nextInt(size), random.nextInt(size), random.nextInt(size), random.nextInt(size));
    }
    graphics.dispose();
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ImageIO.write(image, "png", out);
    return out.toByteArray();
  }

  private DatasetManifest manifest() {
    return DatasetManifest.newBuilder()
        .setName(name)
        .setState(State.SEALED)
        .setClassNames(List.of("a", "b", "c", "d", "e"))
        .setCategoryIds(List.of(1L, 2L, 3L, 4L, 5L))
        .setSourceFormat("coco")
        .setWidth(size)
        .setHeight(size)
        .setViewsPerImage(1)
        .setPixelFormat(PixelFormat.PNG)
        .setImages(views.size())
        .setViews(views.size())
        .setObjects(0)
        .setSplits(Map.of("train", (long) views.size()))
        .build();
  }
}
