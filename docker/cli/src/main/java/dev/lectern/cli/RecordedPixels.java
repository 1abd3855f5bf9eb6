package dev.lectern.cli;

import dev.lectern.report.inspect.RecordedPixelLogits;
import dev.lectern.report.inspect.RecordedViews;
import dev.lectern.schemas.config.UserMistakeException;
import dev.lectern.schemas.log.ManifestStore;
import dev.lectern.schemas.log.PayloadReader;
import dev.lectern.schemas.log.ViewReader;
import dev.lectern.schemas.record.DatasetManifest;
import dev.lectern.schemas.record.IndexEntry;
import dev.lectern.schemas.record.Receipt;
import dev.lectern.schemas.record.RecordingManifest;
import dev.lectern.schemas.record.Task;
import dev.lectern.schemas.record.TensorKind;
import dev.lectern.schemas.record.View;
import dev.lectern.schemas.tensor.TensorContainer;
import dev.lectern.trainer.eval.PixelFigures;
import dev.lectern.trainer.eval.PixelMeasurement;
import dev.lectern.trainer.replay.ClassMap;
import dev.lectern.trainer.replay.ClassMapping;
import dev.lectern.trainer.replay.StudentLabels;
import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/**
 * A teacher that gives pixels their classes, as its recording knows it: class logits are read back
 * from Kafka, made as large as the canvas as its family does, and compared with the label maps of
 * the views. Views 0 only.
 */
final class RecordedPixels {
  /** Limits memory: a view's logits are a megabyte or more. */
  private static final int VIEWS_AT_ONCE = 64;

  private final Map<String, Object> kafka;
  private final String recording;
  private final RecordingManifest manifest;
  private final DatasetManifest dataset;

  private RecordedPixels(
      Map<String, Object> kafka, RecordingManifest manifest, DatasetManifest dataset) {
    this.kafka = kafka;
    this.recording = manifest.getName();
    this.manifest = manifest;
    this.dataset = dataset;
  }

  /** Whether a recording is of such a teacher. */
  static boolean are(Map<String, Object> kafka, String recording) {
    try (ManifestStore manifests = new ManifestStore(kafka)) {
      return manifests.requireRecording(recording).getDescriptor().getTask() == Task.SEGMENTATION;
    }
  }

  /**
   * The recording of a name.
   *
   * @throws UserMistakeException if there is none, or its dataset has no label maps
   */
  static RecordedPixels of(Map<String, Object> kafka, String recording) {
    try (ManifestStore manifests = new ManifestStore(kafka)) {
      RecordingManifest manifest = manifests.requireRecording(recording);
      DatasetManifest dataset = manifests.requireDataset(manifest.getDataset());
      if (!dataset.getLabelMaps()) {
        throw new UserMistakeException(
            "dataset '"
                + dataset.getName()
                + "' has no label maps, expected some to measure classes of pixels with");
      }
      return new RecordedPixels(kafka, manifest, dataset);
    }
  }

  /**
   * Measures.
   *
   * @param split only the views of this split; null for all
   * @param classes what is measured, where that is not the dataset's own classes
   * @param share takes how many of these views are recorded
   * @throws UserMistakeException if the teacher does not know a class
   */
  PixelFigures evaluate(String split, ClassMap classes, Consumer<RecordedShare> share) {
    classes.require(dataset, List.of(manifest));
    List<String> names = classes.names(dataset.getClassNames());
    ClassMapping ofTeacher =
        ClassMapping.between(manifest.getDescriptor().getClassNames(), names, classes);
    if (!ofTeacher.missing().isEmpty()) {
      throw new UserMistakeException(
          "recording '"
              + recording
              + "': the teacher does not know "
              + ofTeacher.missing()
              + "; name what stands for each class with --class");
    }
    ClassMapping ofDataset = ClassMapping.between(dataset.getClassNames(), names, classes);
    RecordedPixelLogits recordedLogits = new RecordedPixelLogits(manifest, dataset);
    int cells = recordedLogits.grid().cells();
    PixelMeasurement measurement =
        new PixelMeasurement(classes.apply(dataset), recordedLogits.reading());
    RecordedViews recorded = RecordedViews.read(kafka, manifest);
    List<IndexEntry> entries = (split == null ? recorded : recorded.ofSplit(split)).plain().all();
    share.accept(RecordedShare.of(kafka, manifest, dataset, split, entries.size()));
    try (PayloadReader payloads = new PayloadReader(kafka, recording);
        ViewReader views = new ViewReader(kafka, dataset.getName())) {
      for (int from = 0; from < entries.size(); from += VIEWS_AT_ONCE) {
        List<IndexEntry> part =
            entries.subList(from, Math.min(from + VIEWS_AT_ONCE, entries.size()));
        Map<String, float[]> logits = logits(payloads, part);
        List<View> read = new ArrayList<>();
        RecordedViews.read(views, part, read::add);
        for (View view : read) {
          view.setPixels(ByteBuffer.allocate(0));
          StudentLabels.apply(ofDataset, view);
          measurement.add(view, ofClasses(logits.get(view.getViewId()), ofTeacher, cells));
        }
      }
    }
    return measurement.figures();
  }

  private static Map<String, float[]> logits(PayloadReader payloads, List<IndexEntry> entries) {
    List<Receipt> receipts = entries.stream().map(IndexEntry::getReceipt).toList();
    Map<String, float[]> logits = new HashMap<>();
    payloads.scan(
        receipts,
        TensorKind.CLASS_SCORES,
        (receipt, location, payload) ->
            logits.put(receipt.getViewId(), RecordedPixelLogits.of(TensorContainer.open(payload))));
    return logits;
  }

  private static float[] ofClasses(float[] teacher, ClassMapping mapping, int cells) {
    if (mapping.isIdentity()) {
      return teacher;
    }
    FloatBuffer seen = FloatBuffer.allocate(mapping.studentClasses() * cells);
    mapping.gather(FloatBuffer.wrap(teacher), 1, cells, seen);
    return seen.array();
  }
}
