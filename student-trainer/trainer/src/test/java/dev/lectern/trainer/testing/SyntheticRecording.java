package dev.lectern.trainer.testing;

import dev.lectern.detector.region.LabelledObjects;
import dev.lectern.detector.region.ReachablePositions;
import dev.lectern.detector.region.TopScorePositions;
import dev.lectern.schemas.descriptor.FamilyPreset;
import dev.lectern.schemas.descriptor.HeadLevel;
import dev.lectern.schemas.descriptor.Level;
import dev.lectern.schemas.descriptor.TensorRole;
import dev.lectern.schemas.log.Catalog;
import dev.lectern.schemas.log.DatasetDigest;
import dev.lectern.schemas.log.IndexReader;
import dev.lectern.schemas.log.RecordingDigest;
import dev.lectern.schemas.log.TopicReader;
import dev.lectern.schemas.record.CatalogEntry;
import dev.lectern.schemas.record.ChannelOrder;
import dev.lectern.schemas.record.DatasetManifest;
import dev.lectern.schemas.record.GroundTruth;
import dev.lectern.schemas.record.IndexEntry;
import dev.lectern.schemas.record.KindEncoding;
import dev.lectern.schemas.record.PayloadLocation;
import dev.lectern.schemas.record.PixelFormat;
import dev.lectern.schemas.record.PositionEncoding;
import dev.lectern.schemas.record.Receipt;
import dev.lectern.schemas.record.RecordingManifest;
import dev.lectern.schemas.record.RegionPriors;
import dev.lectern.schemas.record.State;
import dev.lectern.schemas.record.TeacherDescriptor;
import dev.lectern.schemas.record.TeacherTensors;
import dev.lectern.schemas.record.TensorKind;
import dev.lectern.schemas.record.Transform;
import dev.lectern.schemas.record.ValueEncoding;
import dev.lectern.schemas.record.View;
import dev.lectern.schemas.serde.AvroLimits;
import dev.lectern.schemas.serde.Manifest;
import dev.lectern.schemas.tensor.Positions;
import dev.lectern.schemas.tensor.StoredPositions;
import dev.lectern.schemas.tensor.Tensor;
import dev.lectern.schemas.tensor.TensorEncoding;
import dev.lectern.schemas.tensor.TensorWriter;
import dev.lectern.schemas.topic.Topic;
import dev.lectern.schemas.topic.TopicCreation;
import dev.lectern.schemas.topic.Topics;
import dev.lectern.schemas.view.Canvas;
import dev.lectern.schemas.view.ViewId;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.SortedMap;
import java.util.zip.CRC32C;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.opencv.core.CvType;
import org.opencv.core.Mat;
import org.opencv.core.MatOfByte;
import org.opencv.imgcodecs.Imgcodecs;

/**
 * Writes a small recording to a broker as producer, teacher and ledger would: coloured rectangles
 * on noise, two classes, and teacher outputs that are random numbers fixed by the view.
 */
public final class SyntheticRecording implements AutoCloseable {
  static {
    AvroLimits.apply();
  }

  public static final int SIZE = 64;
  public static final int CLASSES = 2;
  public static final int BINS = 8;
  public static final int CHANNELS = 6;
  public static final String DATASET = "shapes";
  public static final String RECORDING = "shapes-teacher";
  public static final List<String> CLASS_NAMES = List.of("blue", "red");

  /** The mind of {@link #RECORDING}. */
  public static final String MIND = "";

  private static final String TEACHER = "arithmetic@0000";
  private static final int[] STRIDES = {8, 16};
  private static final int CHUNK = 4000;
  private static final Set<TensorKind> KINDS =
      EnumSet.range(TensorKind.CLASS_SCORES, TensorKind.FPN_FEATURES);

  static {
    AvroLimits.apply();
  }

  private final KafkaProducer<byte[], byte[]> producer;
  private final Map<String, Object> kafka;
  private final String name;
  private final String mind;
  private final String dataset;
  private final List<String> classNames;
  private final List<IndexEntry> entries = new ArrayList<>();
  private final TensorWriter writer = new TensorWriter();
  private int featureChannels = CHANNELS;
  private final Map<TensorKind, TensorEncoding> encodings = new EnumMap<>(TensorKind.class);
  private List<RegionPriors> regions = List.of();
  private boolean labelled = true;
  private int topScores;
  private final Map<String, Long> unlabelled = new HashMap<>();

  public SyntheticRecording(String bootstrapServers) throws InterruptedException {
    this(bootstrapServers, DATASET, RECORDING, MIND, CLASS_NAMES);
  }

  /**
   * A recording of its own name; any number may be of one dataset.
   *
   * @param mind recordings of one mind say the same of a view and class, whatever its place
   * @param classNames the teacher's classes in the order of its logits
   */
  public SyntheticRecording(
      String bootstrapServers, String dataset, String name, String mind, List<String> classNames)
      throws InterruptedException {
    this.name = name;
    this.mind = mind;
    this.dataset = dataset;
    this.classNames = classNames;
    this.kafka = Map.of("bootstrap.servers", bootstrapServers);
    var bytes = new org.apache.kafka.common.serialization.ByteArraySerializer();
    this.producer =
        new KafkaProducer<>(
            Map.of(
                "bootstrap.servers",
                bootstrapServers,
                "max.request.size",
                Topics.MAX_MESSAGE_BYTES + (1 << 20)),
            bytes,
            bytes);
    try (Admin admin = Admin.create(kafka)) {
      TopicCreation.ensure(admin, List.of(Topics.manifests()), 1);
      TopicCreation.ensure(admin, Topics.ofDataset(dataset), 3);
      TopicCreation.ensure(admin, Topics.ofRecording(name), 3);
    }
    DatasetManifest manifest = datasetManifest();
    manifest.setName(dataset);
    manifest.setState(State.OPEN);
    send(Topics.manifests(), dataset, new Manifest.OfDataset(manifest));
    publishManifest(State.OPEN);
  }

  /** From now on logits are recorded in the regions of these rules alone. */
  public void keepRegions(List<RegionPriors> ofStudents) {
    regions = List.copyOf(ofStudents);
    publishManifest(State.OPEN);
  }

  /** From now on logits are recorded at so many positions of each level, of the highest scores. */
  public void keepTopScores(int positions) {
    topScores = positions;
    publishManifest(State.OPEN);
  }

  /** From now on tensors of a kind are stored so; until then exactly. */
  public void store(TensorKind kind, TensorEncoding encoding) {
    encodings.put(kind, encoding);
    publishManifest(State.OPEN);
  }

  /** Images of a split that are recorded from now on are annotated by nobody. */
  public void leaveUnlabelled(String split) {
    labelled = false;
    unlabelled.put(split, 1L);
    DatasetManifest manifest = datasetManifest();
    manifest.setName(dataset);
    manifest.setState(State.OPEN);
    manifest.setUnlabelled(unlabelled);
    send(Topics.manifests(), dataset, new Manifest.OfDataset(manifest));
  }

  private TensorEncoding encoding(TensorKind kind) {
    return encodings.getOrDefault(kind, TensorEncoding.FLOAT32);
  }

  public Map<String, Object> kafka() {
    return kafka;
  }

  public List<IndexEntry> entries() {
    return entries;
  }

  /** Lets the features of what is recorded from now on have so many channels. */
  public void widen(int channels) {
    featureChannels = channels;
    publishManifest(State.OPEN);
  }

  /** Records images {@code from} to {@code to - 1}, each in two views, and says so in the index. */
  public void record(int from, int to, String split) {
    for (int image = from; image < to; image++) {
      for (int number = 0; number < 2; number++) {
        IndexEntry entry = recordView("image" + image, number, split, TEACHER);
        entries.add(entry);
        send(Topics.receipts(name), entry.getView().getViewId(), entry.getReceipt());
        send(Topics.index(name), entry.getView().getViewId(), entry);
      }
    }
  }

  /** Records the views of another recording of the same dataset. */
  public void recordViewsOf(SyntheticRecording other) {
    for (IndexEntry entry : other.entries()) {
      IndexEntry own = recordView(entry.getView(), TEACHER);
      entries.add(own);
      index(own);
    }
  }

  /** Writes a view and its teacher outputs, but no index entry. */
  public IndexEntry recordView(String image, int number, String split, String teacher) {
    View view = view(image, number, split);
    if (!labelled) {
      view.setLabelled(false);
      view.setGroundTruth(List.of());
    }
    RecordMetadata at = send(Topics.views(dataset), view.getViewId(), view);
    CatalogEntry catalog =
        new CatalogEntry(
            view.getViewId(),
            image,
            number,
            split,
            SIZE,
            SIZE,
            at.partition(),
            at.offset(),
            (long) view.getPixels().remaining(),
            view.getPixelsSha256(),
            view.getLabelMapSha256());
    send(Topics.catalog(dataset), view.getViewId(), catalog);
    return recordView(catalog, teacher);
  }

  private IndexEntry recordView(CatalogEntry view, String teacher) {
    List<PayloadLocation> payloads = new ArrayList<>();
    for (TensorKind kind : KINDS) {
      payloads.add(payload(view, kind, teacher));
    }
    Receipt receipt =
        new Receipt(view.getViewId(), teacher, "test", 7L, view.getPixelsSha256(), payloads, 0L);
    return new IndexEntry(view, receipt);
  }

  private PayloadLocation payload(CatalogEntry view, TensorKind kind, String teacher) {
    byte[] container =
        writer.write(said(view.getViewId(), kind), encoding(kind), positions(view, kind));
    CRC32C crc = new CRC32C();
    crc.update(container);
    int piece = container.length > Topics.MAX_WHOLE_PAYLOAD_BYTES ? Topics.CHUNK_BYTES : CHUNK;
    int chunks = (container.length + piece - 1) / piece;
    List<Long> offsets = new ArrayList<>();
    Topic<String, TeacherTensors> topic = Topics.tensors(name, kind);
    int partition = Math.floorMod(view.getViewId().hashCode(), 3);
    for (int chunk = 0; chunk < chunks; chunk++) {
      int from = chunk * piece;
      int to = Math.min(from + piece, container.length);
      TeacherTensors record =
          new TeacherTensors(
              view.getViewId(),
              teacher,
              kind,
              view.getPixelsSha256(),
              7L,
              chunk,
              chunks,
              (long) container.length,
              (int) crc.getValue(),
              ByteBuffer.wrap(container, from, to - from));
      offsets.add(sendTo(topic, partition, view.getViewId(), record).offset());
    }
    return new PayloadLocation(
        kind,
        topic.name(),
        partition,
        offsets,
        (long) container.length,
        (int) crc.getValue(),
        ByteBuffer.wrap(sha256(container)));
  }

  private StoredPositions positions(CatalogEntry view, TensorKind kind) {
    if (kind == TensorKind.FPN_FEATURES) {
      return StoredPositions.DENSE;
    }
    if (topScores > 0) {
      return new StoredPositions(
          Positions.TOP_SCORE,
          said(view.getViewId(), TensorKind.CLASS_SCORES).stream()
              .map(
                  level ->
                      TopScorePositions.of(
                          level.values(), level.shape()[1] * level.shape()[2], topScores))
              .toList());
    }
    if (regions.isEmpty()) {
      return StoredPositions.DENSE;
    }
    View seen = view(view.getImageId(), view.getViewNumber(), view.getSplit());
    return new StoredPositions(
        Positions.REGIONS,
        new ReachablePositions(descriptor(), regions).of(LabelledObjects.of(seen).boxes()));
  }

  /** What the teacher of {@link #RECORDING} "said": numbers that the view id decides. */
  public static List<Tensor> tensors(String viewId, TensorKind kind) {
    return tensors(MIND, CLASS_NAMES, CHANNELS, viewId, kind);
  }

  /** What this recording's teacher "said": numbers that mind, view id and class decide. */
  public List<Tensor> said(String viewId, TensorKind kind) {
    return tensors(mind, classNames, featureChannels, viewId, kind);
  }

  private static List<Tensor> tensors(
      String mind, List<String> classNames, int featureChannels, String viewId, TensorKind kind) {
    List<String> sorted = classNames.stream().sorted().toList();
    Random random = new Random((mind + viewId).hashCode() * 31L + kind.ordinal());
    List<Tensor> tensors = new ArrayList<>();
    for (int l = 0; l < STRIDES.length; l++) {
      int side = SIZE / STRIDES[l];
      String name = role(kind).at(l);
      int channels =
          switch (kind) {
            case CLASS_SCORES -> classNames.size();
            case BOX_LOGITS -> 4 * BINS;
            case FPN_FEATURES -> featureChannels;
            case INSTANCES -> throw new IllegalArgumentException("no instances here");
          };
      float[] values = new float[channels * side * side];
      for (int c = 0; c < channels; c++) {
        int place = kind == TensorKind.CLASS_SCORES ? classNames.indexOf(sorted.get(c)) : c;
        for (int i = 0; i < side * side; i++) {
          values[place * side * side + i] = (float) random.nextGaussian();
        }
      }
      tensors.add(Tensor.of(name, values, channels, side, side));
    }
    return tensors;
  }

  /** A view of noise with these annotations. */
  public static View annotated(boolean byAnyone, List<GroundTruth> objects) {
    View view = view("image0", 0, "train");
    view.setLabelled(byAnyone);
    view.setGroundTruth(objects);
    return view;
  }

  private static View view(String image, int number, String split) {
    Random random = new Random(image.hashCode() * 17L + number);
    byte[] bgr = new byte[SIZE * SIZE * 3];
    random.nextBytes(bgr);
    for (int i = 0; i < bgr.length; i++) {
      bgr[i] = (byte) ((bgr[i] & 0xFF) / 8);
    }
    List<GroundTruth> truth = new ArrayList<>();
    for (int object = 0; object < 2; object++) {
      int label = random.nextInt(CLASSES);
      int w = 12 + random.nextInt(20);
      int h = 12 + random.nextInt(20);
      int x = random.nextInt(SIZE - w);
      int y = random.nextInt(SIZE - h);
      for (int row = y; row < y + h; row++) {
        for (int column = x; column < x + w; column++) {
          bgr[(row * SIZE + column) * 3 + 2 * label] = (byte) 220;
        }
      }
      truth.add(
          new GroundTruth(
              (float) x,
              (float) y,
              (float) (x + w),
              (float) (y + h),
              label,
              false,
              image + "-" + object,
              List.of(2.0 * x, 2.0 * y, 2.0 * w, 2.0 * h),
              4.0 * w * h));
    }
    byte[] png = png(bgr);
    return new View(
        new ViewId(image, number).toString(),
        image,
        number,
        split,
        SIZE,
        SIZE,
        SIZE,
        SIZE,
        2 * SIZE,
        2 * SIZE,
        new Transform(List.of(0.5, 0.0, 0.0, 0.0, 0.5, 0.0), List.of(), List.of()),
        truth,
        PixelFormat.PNG,
        true,
        ByteBuffer.wrap(sha256(png)),
        ByteBuffer.allocate(0),
        ByteBuffer.allocate(0),
        ByteBuffer.wrap(png));
  }

  private static byte[] png(byte[] bgr) {
    new Canvas(SIZE, SIZE, bgr);
    Mat image = new Mat(SIZE, SIZE, CvType.CV_8UC3);
    image.put(0, 0, bgr);
    MatOfByte encoded = new MatOfByte();
    Imgcodecs.imencode(".png", image, encoded);
    byte[] bytes = encoded.toArray();
    image.release();
    encoded.release();
    return bytes;
  }

  /** Seals the dataset and the recording: what their topics hold now. */
  public void seal() {
    SortedMap<String, CatalogEntry> views = Catalog.readUnsealed(kafka, dataset);
    DatasetManifest manifest = datasetManifest();
    manifest.setUnlabelled(unlabelled);
    manifest.setName(dataset);
    manifest.setViews(views.size());
    manifest.setDigest(DatasetDigest.ofCatalog(views));
    manifest.setEndOffsets(TopicReader.ends(kafka, List.of(Topics.catalog(dataset))));
    send(Topics.manifests(), dataset, new Manifest.OfDataset(manifest));
    publishManifest(State.SEALED);
  }

  private void publishManifest(State state) {
    RecordingManifest manifest = manifest(state, entries.size());
    manifest.setName(name);
    manifest.setDataset(dataset);
    manifest.getDescriptor().setClassNames(classNames);
    reshape(manifest, TensorKind.CLASS_SCORES, classNames.size());
    reshape(manifest, TensorKind.FPN_FEATURES, featureChannels);
    manifest.setEncodings(KINDS.stream().map(kind -> encoding(kind).of(kind)).toList());
    for (KindEncoding encoding : manifest.getEncodings()) {
      if (encoding.getKind() == TensorKind.FPN_FEATURES) {
        continue;
      }
      if (!regions.isEmpty()) {
        encoding.setPositions(PositionEncoding.REGIONS);
        encoding.setPriors(regions);
      }
      if (topScores > 0) {
        encoding.setPositions(PositionEncoding.TOP_SCORE);
        encoding.setTopScore(topScores);
      }
    }
    if (state == State.SEALED) {
      manifest.setEndOffsets(
          TopicReader.ends(kafka, List.of(Topics.index(name), Topics.receipts(name))));
      try (IndexReader index = new IndexReader(kafka, name)) {
        index.refresh();
        manifest.setRecorded(index.entries().size());
        manifest.setDigest(
            RecordingDigest.of(TEACHER, manifest.getEncodings(), index.entries().values()));
      }
    }
    send(Topics.manifests(), name, new Manifest.OfRecording(manifest));
  }

  private static void reshape(RecordingManifest manifest, TensorKind kind, int channels) {
    manifest.getDescriptor().getTensors().stream()
        .filter(t -> t.getKind() == kind)
        .forEach(t -> t.setShape(List.of(channels, t.getShape().get(1), t.getShape().get(2))));
  }

  public static RecordingManifest manifest(State state, int recorded) {
    List<KindEncoding> encodings = new ArrayList<>();
    for (TensorKind kind : KINDS) {
      encodings.add(
          KindEncoding.newBuilder().setKind(kind).setValues(ValueEncoding.FLOAT32).build());
    }
    return RecordingManifest.newBuilder()
        .setName(RECORDING)
        .setState(state)
        .setDataset(DATASET)
        .setTeacherId(TEACHER)
        .setDescriptor(descriptor())
        .setEncodings(encodings)
        .setExpected(recorded)
        .setRecorded(recorded)
        .setDigest(state == State.SEALED ? "5ea1ed" : "")
        .build();
  }

  public static TeacherDescriptor descriptor() {
    List<HeadLevel> levels = new ArrayList<>();
    for (int l = 0; l < STRIDES.length; l++) {
      int side = SIZE / STRIDES[l];
      levels.add(
          HeadLevel.of(new Level(STRIDES[l], side, side), "cls_" + l, "dist_" + l)
              .withFeature("fpn_" + l, CHANNELS));
    }
    return FamilyPreset.named("GFL")
        .describe(BINS, 0.0, List.of("blue", "red"), levels)
        .setName("arithmetic")
        .setInputName("data")
        .setInputWidth(SIZE)
        .setInputHeight(SIZE)
        .setChannelOrder(ChannelOrder.BGR)
        .setMean(List.of(0.0, 0.0, 0.0))
        .setStd(List.of(1.0, 1.0, 1.0))
        .setBatchSize(8)
        .build();
  }

  private static TensorRole role(TensorKind kind) {
    return switch (kind) {
      case CLASS_SCORES -> TensorRole.CLASS_LOGITS;
      case BOX_LOGITS -> TensorRole.BOX_DISTRIBUTION;
      case FPN_FEATURES -> TensorRole.FEATURES;
      case INSTANCES -> throw new IllegalArgumentException("no instances here");
    };
  }

  public static DatasetManifest datasetManifest() {
    return DatasetManifest.newBuilder()
        .setName(DATASET)
        .setState(State.SEALED)
        .setClassNames(List.of("blue", "red"))
        .setCategoryIds(List.of(3L, 8L))
        .setSourceFormat("coco")
        .setWidth(SIZE)
        .setHeight(SIZE)
        .setViewsPerImage(2)
        .setPixelFormat(PixelFormat.PNG)
        .setImages(0)
        .setViews(0)
        .setObjects(0)
        .build();
  }

  /** Puts any entry into the index. */
  public void index(IndexEntry entry) {
    send(Topics.index(name), entry.getView().getViewId(), entry);
  }

  /** Puts any bytes on any topic; null is a tombstone. */
  public void sendRaw(Topic<String, ?> topic, String key, byte[] value) {
    try {
      producer
          .send(new ProducerRecord<>(topic.name(), key.getBytes(StandardCharsets.UTF_8), value))
          .get();
    } catch (InterruptedException | java.util.concurrent.ExecutionException e) {
      throw new IllegalStateException(e);
    }
  }

  private <V> RecordMetadata send(Topic<String, V> topic, String key, V value) {
    return sendTo(topic, null, key, value);
  }

  private <V> RecordMetadata sendTo(
      Topic<String, V> topic, Integer partition, String key, V value) {
    try {
      return producer
          .send(
              new ProducerRecord<>(
                  topic.name(),
                  partition,
                  topic.key().serializer().serialize(topic.name(), key),
                  topic.value().serializer().serialize(topic.name(), value)))
          .get();
    } catch (InterruptedException | java.util.concurrent.ExecutionException e) {
      throw new IllegalStateException(e);
    }
  }

  private static byte[] sha256(byte[] bytes) {
    try {
      return MessageDigest.getInstance("SHA-256").digest(bytes);
    } catch (java.security.NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  @Override
  public void close() {
    producer.close();
  }
}
