package dev.lectern.teacher.ledger;

import dev.lectern.schemas.descriptor.FamilyPreset;
import dev.lectern.schemas.descriptor.HeadLevel;
import dev.lectern.schemas.descriptor.Level;
import dev.lectern.schemas.record.CatalogEntry;
import dev.lectern.schemas.record.ChannelOrder;
import dev.lectern.schemas.record.CompressionEncoding;
import dev.lectern.schemas.record.DatasetManifest;
import dev.lectern.schemas.record.DeadLetter;
import dev.lectern.schemas.record.FilterEncoding;
import dev.lectern.schemas.record.KindEncoding;
import dev.lectern.schemas.record.PayloadLocation;
import dev.lectern.schemas.record.PixelFormat;
import dev.lectern.schemas.record.PositionEncoding;
import dev.lectern.schemas.record.Receipt;
import dev.lectern.schemas.record.RecordingManifest;
import dev.lectern.schemas.record.State;
import dev.lectern.schemas.record.TeacherDescriptor;
import dev.lectern.schemas.record.TensorKind;
import dev.lectern.schemas.record.ValueEncoding;
import dev.lectern.schemas.view.Canvas;
import dev.lectern.schemas.view.ViewId;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;

/**
 * Records of a made-up recording: dataset "data", recording "rec", teacher "t@1" with one level of
 * 2x3 cells, 4 classes and 2 bins, class scores and box logits.
 */
final class LedgerRecords {
  static final String DATASET = "data";
  static final String RECORDING = "rec";
  static final String TEACHER = "t@1";

  private LedgerRecords() {}

  static RecordingManifest openManifest() {
    return openManifest(RECORDING, DATASET);
  }

  static RecordingManifest openManifest(String recording, String dataset) {
    TeacherDescriptor descriptor =
        FamilyPreset.named("GFL")
            .describe(
                2,
                0.5,
                List.of("a", "b", "c", "d"),
                List.of(HeadLevel.of(new Level(8, 2, 3), "c", "b")))
            .setName("t")
            .setInputName("input")
            .setInputWidth(24)
            .setInputHeight(16)
            .setChannelOrder(ChannelOrder.BGR)
            .setMean(List.of(0.0, 0.0, 0.0))
            .setStd(List.of(1.0, 1.0, 1.0))
            .setBatchSize(1)
            .build();
    return RecordingManifest.newBuilder()
        .setName(recording)
        .setState(State.OPEN)
        .setDataset(dataset)
        .setTeacherId(TEACHER)
        .setDescriptor(descriptor)
        .setEncodings(List.of(float16(TensorKind.CLASS_SCORES), float16(TensorKind.BOX_LOGITS)))
        .setCreatedAt(1000L)
        .build();
  }

  private static KindEncoding float16(TensorKind kind) {
    return new KindEncoding(
        kind,
        ValueEncoding.FLOAT16,
        PositionEncoding.DENSE,
        FilterEncoding.SHUFFLE,
        CompressionEncoding.ZSTD,
        List.of(),
        0,
        0.0);
  }

  static DatasetManifest dataset(String name, State state, long views) {
    return DatasetManifest.newBuilder()
        .setName(name)
        .setState(state)
        .setClassNames(List.of("a", "b", "c", "d"))
        .setCategoryIds(List.of(1L, 2L, 3L, 4L))
        .setSourceFormat("coco")
        .setWidth(24)
        .setHeight(16)
        .setViewsPerImage(1)
        .setPixelFormat(PixelFormat.PNG)
        .setImages(views)
        .setViews(views)
        .setObjects(0)
        .setSplits(Map.of("train", views))
        .setDigest(state == State.SEALED ? "d" : "")
        .build();
  }

  /** A view whose position is partition 0 and the given offset. */
  static CatalogEntry view(String viewId, long offset) {
    ViewId id = ViewId.parse(viewId);
    return new CatalogEntry(
        viewId,
        id.imageId(),
        id.viewNumber(),
        "train",
        24,
        16,
        0,
        offset,
        (long) viewId.length(),
        pixels(viewId),
        ByteBuffer.allocate(0));
  }

  /** The digest of the view's (made-up) pixels: its id as text. */
  static ByteBuffer pixels(String viewId) {
    return sha256(viewId.getBytes(StandardCharsets.UTF_8));
  }

  static Receipt receipt(String viewId, long attempt) {
    return new Receipt(
        viewId,
        TEACHER,
        "worker",
        attempt,
        pixels(viewId),
        List.of(
            location(TensorKind.CLASS_SCORES, "rec.class-scores", attempt, 100),
            location(TensorKind.BOX_LOGITS, "rec.box-logits", attempt, 30)),
        5000L);
  }

  private static PayloadLocation location(TensorKind kind, String topic, long offset, long size) {
    return new PayloadLocation(
        kind, topic, 0, List.of(offset), size, 1, sha256(topic.getBytes(StandardCharsets.UTF_8)));
  }

  /**
   * @param viewId null for a record that could not be read
   */
  static DeadLetter deadLetter(String viewId, long offset) {
    return new DeadLetter(viewId, "data.views", 0, offset, "NaN in cls.0", "", 5, "worker", 6000L);
  }

  static ByteBuffer sha256(byte[] bytes) {
    return ByteBuffer.wrap(Canvas.sha256(bytes));
  }
}
