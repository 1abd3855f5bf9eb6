package dev.lectern.cli;

import dev.lectern.detector.box.DetectionDecoder;
import dev.lectern.detector.network.Outputs;
import dev.lectern.report.inspect.RecordedInstances;
import dev.lectern.report.inspect.RecordedOutputs;
import dev.lectern.report.inspect.RecordedViews;
import dev.lectern.schemas.config.UserMistakeException;
import dev.lectern.schemas.log.ManifestStore;
import dev.lectern.schemas.log.PayloadReader;
import dev.lectern.schemas.log.ViewReader;
import dev.lectern.schemas.record.DatasetManifest;
import dev.lectern.schemas.record.IndexEntry;
import dev.lectern.schemas.record.KindEncoding;
import dev.lectern.schemas.record.PositionEncoding;
import dev.lectern.schemas.record.Receipt;
import dev.lectern.schemas.record.RecordingManifest;
import dev.lectern.schemas.record.TeacherDescriptor;
import dev.lectern.schemas.record.TensorKind;
import dev.lectern.schemas.record.View;
import dev.lectern.schemas.tensor.TensorContainer;
import dev.lectern.trainer.eval.Coordinates;
import dev.lectern.trainer.eval.Measurement;
import dev.lectern.trainer.replay.ClassMap;
import dev.lectern.trainer.replay.ClassMapping;
import dev.lectern.trainer.replay.StudentLabels;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Function;
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

  /** Limits memory: a view's logits are a few megabytes. */
  private static final int VIEWS_AT_ONCE = 256;

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
   * @param classes what is measured, where that is not the dataset's own classes
   * @param share takes how many of these views are recorded
   * @throws UserMistakeException if there is no such recording, or it lacks class scores or box
   *     logits, or there is nothing to measure
   */
  Measurement evaluate(String split, ClassMap classes, Consumer<RecordedShare> share) {
    RecordingManifest manifest;
    DatasetManifest dataset;
    try (ManifestStore manifests = new ManifestStore(kafka)) {
      manifest = manifests.requireRecording(recording);
      dataset = manifests.requireDataset(manifest.getDataset());
    }
    RecordedViews recorded = RecordedViews.read(kafka, manifest);
    List<IndexEntry> entries = (split == null ? recorded : recorded.ofSplit(split)).plain().all();
    share.accept(RecordedShare.of(kafka, manifest, dataset, split, entries.size()));
    Reading reading = reading(manifest, dataset, classes);
    requireDense(manifest);
    Map<String, View> views = views(manifest.getDataset(), entries);
    if (classes.isNone()) {
      requireCommonClasses(dataset, manifest.getDescriptor());
    } else {
      classes.require(dataset, List.of(manifest));
      ClassMapping labels =
          ClassMapping.between(
              dataset.getClassNames(), classes.names(dataset.getClassNames()), classes);
      views.values().forEach(view -> StudentLabels.apply(labels, view));
    }
    Measurement measurement =
        new Measurement(classes.apply(dataset), reading.decoder(), Coordinates.SOURCE);
    List<Receipt> receipts = inLogOrder(entries, reading.kinds().get(0));
    try (PayloadReader payloads = new PayloadReader(kafka, recording)) {
      for (int from = 0; from < receipts.size(); from += VIEWS_AT_ONCE) {
        List<Receipt> part =
            receipts.subList(from, Math.min(from + VIEWS_AT_ONCE, receipts.size()));
        Map<String, Map<TensorKind, TensorContainer>> containers = new HashMap<>();
        for (TensorKind kind : reading.kinds()) {
          payloads.scan(
              part,
              kind,
              (receipt, location, payload) ->
                  containers
                      .computeIfAbsent(receipt.getViewId(), view -> new EnumMap<>(TensorKind.class))
                      .put(kind, TensorContainer.open(payload)));
        }
        for (Receipt receipt : part) {
          String viewId = receipt.getViewId();
          measurement.add(views.get(viewId), reading.outputs().apply(containers.get(viewId)));
        }
      }
    }
    return measurement;
  }

  /**
   * How a teacher's boxes are read.
   *
   * @param kinds that they are decoded from
   * @param outputs of a view, from its containers
   */
  private record Reading(
      List<TensorKind> kinds,
      DetectionDecoder decoder,
      Function<Map<TensorKind, TensorContainer>, Outputs<float[]>> outputs) {}

  private static Reading reading(
      RecordingManifest manifest, DatasetManifest dataset, ClassMap classes) {
    Map<String, List<String>> sources = new LinkedHashMap<>();
    if (classes.isNone()) {
      dataset.getClassNames().forEach(name -> sources.put(name, List.of(name)));
    } else {
      sources.putAll(classes.sources());
    }
    if (RecordedInstances.are(manifest)) {
      RecordedInstances instances = new RecordedInstances(manifest, sources);
      return new Reading(
          List.of(TensorKind.INSTANCES),
          instances.decoder(),
          of -> instances.of(of.get(TensorKind.INSTANCES)));
    }
    RecordedOutputs outputs = new RecordedOutputs(manifest, sources);
    return new Reading(
        RecordedOutputs.NEEDED,
        outputs.decoder(),
        of -> outputs.of(of.get(TensorKind.CLASS_SCORES), of.get(TensorKind.BOX_LOGITS)));
  }

  private static List<Receipt> inLogOrder(Collection<IndexEntry> entries, TensorKind kind) {
    return entries.stream()
        .map(IndexEntry::getReceipt)
        .sorted(
            Comparator.comparingInt((Receipt r) -> PayloadReader.location(r, kind).getPartition())
                .thenComparing(r -> PayloadReader.location(r, kind).getOffsets().get(0)))
        .toList();
  }

  /** The views' annotations; their pixels are not kept. */
  private Map<String, View> views(String dataset, List<IndexEntry> entries) {
    Map<String, View> views = new HashMap<>();
    try (ViewReader reader = new ViewReader(kafka, dataset)) {
      RecordedViews.read(
          reader,
          entries,
          view -> {
            view.setPixels(ByteBuffer.allocate(0));
            views.put(view.getViewId(), view);
          });
    }
    return views;
  }

  private void requireDense(RecordingManifest manifest) {
    for (KindEncoding encoding : manifest.getEncodings()) {
      if (RecordedOutputs.NEEDED.contains(encoding.getKind())
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

  /** Classes that the dataset does not label are skipped; logged once. */
  private static void requireCommonClasses(DatasetManifest dataset, TeacherDescriptor descriptor) {
    List<String> unknown = new ArrayList<>(descriptor.getClassNames());
    unknown.removeAll(dataset.getClassNames());
    if (unknown.size() == descriptor.getClassNames().size()) {
      throw new UserMistakeException(
          "teacher "
              + descriptor.getName()
              + " and dataset '"
              + dataset.getName()
              + "' have no class name in common");
    }
    if (!unknown.isEmpty()) {
      LOG.warn(
          "classes that the dataset does not have are left out dataset={} classes={}",
          dataset.getName(),
          unknown);
    }
  }
}
