package dev.lectern.cli;

import dev.lectern.detector.box.Detection;
import dev.lectern.detector.box.DetectionDecoder;
import dev.lectern.detector.box.LevelLogits;
import dev.lectern.detector.prior.LevelGrid;
import dev.lectern.schemas.config.UserMistakeException;
import dev.lectern.schemas.log.IndexReader;
import dev.lectern.schemas.log.ManifestStore;
import dev.lectern.schemas.log.PayloadException;
import dev.lectern.schemas.log.PayloadReader;
import dev.lectern.schemas.log.TopicReader;
import dev.lectern.schemas.record.CatalogEntry;
import dev.lectern.schemas.record.DatasetManifest;
import dev.lectern.schemas.record.GroundTruth;
import dev.lectern.schemas.record.IndexEntry;
import dev.lectern.schemas.record.KindEncoding;
import dev.lectern.schemas.record.Level;
import dev.lectern.schemas.record.PayloadLocation;
import dev.lectern.schemas.record.PositionEncoding;
import dev.lectern.schemas.record.Receipt;
import dev.lectern.schemas.record.RecordingManifest;
import dev.lectern.schemas.record.TeacherDescriptor;
import dev.lectern.schemas.record.TensorKind;
import dev.lectern.schemas.record.View;
import dev.lectern.schemas.tensor.TensorContainer;
import dev.lectern.schemas.topic.Topics;
import dev.lectern.schemas.view.Affine;
import dev.lectern.trainer.eval.Box;
import dev.lectern.trainer.eval.Category;
import dev.lectern.trainer.eval.CocoEvaluator;
import dev.lectern.trainer.eval.CocoMetrics;
import dev.lectern.trainer.eval.GroundTruthSet;
import dev.lectern.trainer.eval.TruthBox;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A teacher as its recording knows it: class scores and box logits are read back from Kafka,
 * decoded to boxes, and measured against the ground truth of the views. The model itself is not
 * needed.
 *
 * <p>Views 0 only: the plain resize of each image, mapped back to source pixels, so that the
 * figures compare with those published for the model.
 */
final class RecordedTeacher {
  private static final Logger LOG = LoggerFactory.getLogger(RecordedTeacher.class);

  private static final List<TensorKind> NEEDED =
      List.of(TensorKind.CLASS_SCORES, TensorKind.BOX_LOGITS);

  /** Limits memory: a view's logits are a few megabytes. */
  private static final int VIEWS_AT_ONCE = 256;

  private static final long NO_CATEGORY = Long.MIN_VALUE;

  private final Map<String, Object> kafka;
  private final String recording;

  /**
   * @param kafka client properties
   * @param recording its name
   */
  RecordedTeacher(Map<String, Object> kafka, String recording) {
    this.kafka = kafka;
    this.recording = recording;
  }

  /**
   * Decodes and measures.
   *
   * @param split only the views of this split; null for all
   * @throws UserMistakeException if there is no such recording, or it lacks class scores or box
   *     logits, or there is nothing to measure
   */
  CocoMetrics evaluate(String split) {
    RecordingManifest manifest;
    DatasetManifest dataset;
    try (ManifestStore manifests = new ManifestStore(kafka)) {
      manifest = manifests.requireRecording(recording);
      dataset = manifests.requireDataset(manifest.getDataset());
    }
    SortedMap<String, IndexEntry> entries = plainViews(split);
    requireKinds(manifest);
    Map<String, View> views = views(manifest.getDataset(), entries);
    Measurement measurement = new Measurement(dataset, manifest.getDescriptor());
    List<Receipt> receipts = inLogOrder(entries.values());
    try (PayloadReader payloads = new PayloadReader(kafka, recording)) {
      for (int from = 0; from < receipts.size(); from += VIEWS_AT_ONCE) {
        List<Receipt> part =
            receipts.subList(from, Math.min(from + VIEWS_AT_ONCE, receipts.size()));
        Map<String, Map<String, float[]>> logits = new HashMap<>();
        for (TensorKind kind : NEEDED) {
          payloads.scan(part, kind, new Collecting(logits));
        }
        logits.forEach((viewId, tensors) -> measurement.add(views.get(viewId), tensors));
      }
    }
    return measurement.metrics();
  }

  private static List<Receipt> inLogOrder(Collection<IndexEntry> entries) {
    return entries.stream()
        .map(IndexEntry::getReceipt)
        .sorted(
            Comparator.comparingInt((Receipt r) -> scores(r).getPartition())
                .thenComparing(r -> scores(r).getOffsets().get(0)))
        .toList();
  }

  private static PayloadLocation scores(Receipt receipt) {
    return PayloadReader.location(receipt, TensorKind.CLASS_SCORES);
  }

  private SortedMap<String, IndexEntry> plainViews(String split) {
    SortedMap<String, IndexEntry> plain = new TreeMap<>();
    try (IndexReader index = new IndexReader(kafka, recording)) {
      index.refresh();
      index
          .entries()
          .forEach(
              (viewId, entry) -> {
                CatalogEntry view = entry.getView();
                if (view.getViewNumber() == 0 && (split == null || split.equals(view.getSplit()))) {
                  plain.put(viewId, entry);
                }
              });
    }
    if (plain.isEmpty()) {
      throw new UserMistakeException(
          "recording '"
              + recording
              + "': found no recorded view 0"
              + (split == null ? "" : " of split '" + split + "'"));
    }
    return plain;
  }

  private Map<String, View> views(String dataset, SortedMap<String, IndexEntry> entries) {
    SortedMap<Integer, SortedMap<Long, String>> wanted = new TreeMap<>();
    entries.forEach(
        (viewId, entry) ->
            wanted
                .computeIfAbsent(entry.getView().getPartition(), p -> new TreeMap<>())
                .put(entry.getView().getOffset(), viewId));
    Map<String, View> views = new HashMap<>();
    try (TopicReader<String, View> reader = TopicReader.sequential(kafka, Topics.views(dataset))) {
      wanted.forEach(
          (partition, offsets) ->
              reader.read(
                  partition,
                  offsets.firstKey(),
                  offsets.lastKey() + 1,
                  record -> {
                    if (offsets.containsKey(record.offset())) {
                      View view = record.value();
                      views.put(view.getViewId(), withoutPixels(view));
                    }
                  }));
    }
    return views;
  }

  private static View withoutPixels(View view) {
    view.setPixels(ByteBuffer.allocate(0));
    return view;
  }

  private void requireKinds(RecordingManifest manifest) {
    List<TensorKind> kinds = manifest.getEncodings().stream().map(e -> e.getKind()).toList();
    if (!kinds.containsAll(NEEDED)) {
      throw new UserMistakeException(
          "recording '" + recording + "': holds " + kinds + ", expected " + NEEDED);
    }
    for (KindEncoding encoding : manifest.getEncodings()) {
      if (NEEDED.contains(encoding.getKind())
          && encoding.getPositions() != PositionEncoding.DENSE) {
        throw new UserMistakeException(
            "recording '"
                + recording
                + "': holds "
                + encoding.getKind()
                + " at positions "
                + encoding.getPositions()
                + ", a teacher's AP needs DENSE ones");
      }
    }
  }

  /** Images, objects and detections so far. */
  private static final class Measurement {
    private final DatasetManifest dataset;
    private final TeacherDescriptor descriptor;
    private final DetectionDecoder decoder;
    private final long[] categoryOfLabel;
    private final List<Long> images = new ArrayList<>();
    private final List<TruthBox> objects = new ArrayList<>();
    private final List<dev.lectern.trainer.eval.Detection> detections = new ArrayList<>();

    Measurement(DatasetManifest dataset, TeacherDescriptor descriptor) {
      this.dataset = dataset;
      this.descriptor = descriptor;
      this.categoryOfLabel = categories(dataset, descriptor);
      this.decoder =
          new DetectionDecoder(
              descriptor.getClassNames().size(),
              descriptor.getBins(),
              descriptor.getGridOffset(),
              DetectionDecoder.Limits.DEFAULT);
    }

    void add(View view, Map<String, float[]> tensors) {
      long image = images.size();
      images.add(image);
      for (GroundTruth object : view.getGroundTruth()) {
        List<Double> box = object.getSourceBox();
        objects.add(
            new TruthBox(
                image,
                dataset.getCategoryIds().get(object.getLabel()),
                new Box(box.get(0), box.get(1), box.get(2), box.get(3)),
                object.getSourceArea(),
                object.getCrowd()));
      }
      Affine toSource = Affine.of(view.getTransform().getAffine()).inverse();
      List<LevelLogits> levels = levels(descriptor, tensors);
      for (Detection seen : decoder.decode(levels, view.getValidWidth(), view.getValidHeight())) {
        long category = categoryOfLabel[seen.label()];
        if (category == NO_CATEGORY) {
          continue;
        }
        double[] box = toSource.applyToBox(seen.x1(), seen.y1(), seen.x2(), seen.y2());
        detections.add(
            new dev.lectern.trainer.eval.Detection(
                image,
                category,
                new Box(box[0], box[1], box[2] - box[0], box[3] - box[1]),
                seen.score()));
      }
    }

    CocoMetrics metrics() {
      List<Category> categories = new ArrayList<>();
      for (int label = 0; label < dataset.getClassNames().size(); label++) {
        categories.add(
            new Category(dataset.getCategoryIds().get(label), dataset.getClassNames().get(label)));
      }
      return CocoEvaluator.evaluate(new GroundTruthSet(images, categories, objects), detections);
    }
  }

  /**
   * For each label of the teacher the category of the same name; {@link #NO_CATEGORY} where the
   * dataset has none.
   */
  private static long[] categories(DatasetManifest dataset, TeacherDescriptor descriptor) {
    long[] ids = new long[descriptor.getClassNames().size()];
    List<String> unknown = new ArrayList<>();
    for (int label = 0; label < ids.length; label++) {
      int at = dataset.getClassNames().indexOf(descriptor.getClassNames().get(label));
      ids[label] = at < 0 ? NO_CATEGORY : dataset.getCategoryIds().get(at);
      if (at < 0) {
        unknown.add(descriptor.getClassNames().get(label));
      }
    }
    if (unknown.size() == ids.length) {
      throw new UserMistakeException(
          "teacher "
              + descriptor.getName()
              + " and dataset '"
              + dataset.getName()
              + "' have no class name in common");
    }
    if (!unknown.isEmpty()) {
      LOG.warn(
          "detections of classes that the dataset does not have are left out dataset={} classes={}",
          dataset.getName(),
          unknown);
    }
    return ids;
  }

  private static List<LevelLogits> levels(
      TeacherDescriptor descriptor, Map<String, float[]> tensors) {
    List<LevelLogits> levels = new ArrayList<>();
    for (int l = 0; l < descriptor.getLevels().size(); l++) {
      Level level = descriptor.getLevels().get(l);
      levels.add(
          new LevelLogits(
              new LevelGrid(level.getStride(), level.getHeight(), level.getWidth()),
              tensors.get("cls." + l),
              tensors.get("dist." + l)));
    }
    return levels;
  }

  /** Puts the tensors of each payload beside those of the other kind. */
  private record Collecting(Map<String, Map<String, float[]>> logits)
      implements PayloadReader.Handler {
    @Override
    public void payload(Receipt receipt, PayloadLocation location, ByteBuffer payload) {
      Map<String, float[]> ofView =
          logits.computeIfAbsent(receipt.getViewId(), view -> new HashMap<>());
      TensorContainer.open(payload).readAll().forEach(t -> ofView.put(t.name(), t.toArray()));
    }

    @Override
    public void failed(Receipt receipt, TensorKind kind, PayloadException why) {
      throw why;
    }
  }
}
