package dev.lectern.schemas.log;

import dev.lectern.schemas.record.CatalogEntry;
import dev.lectern.schemas.record.IndexEntry;
import dev.lectern.schemas.record.PayloadLocation;
import dev.lectern.schemas.record.Receipt;
import dev.lectern.schemas.record.TeacherTensors;
import dev.lectern.schemas.record.TensorKind;
import dev.lectern.schemas.view.Canvas;
import dev.lectern.schemas.view.ViewId;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.CRC32C;

/** Index entries and chunks of a made-up recording "rec" by teacher "t@1". */
final class Entries {
  private Entries() {}

  static IndexEntry entry(String viewId, byte[] payload, Long... offsets) {
    ByteBuffer pixels = sha256(viewId.getBytes(StandardCharsets.UTF_8));
    ViewId id = ViewId.parse(viewId);
    CatalogEntry view =
        new CatalogEntry(
            viewId,
            id.imageId(),
            id.viewNumber(),
            "train",
            8,
            8,
            0,
            0L,
            10L,
            pixels,
            ByteBuffer.allocate(0));
    PayloadLocation location =
        new PayloadLocation(
            TensorKind.CLASS_SCORES,
            "rec.class-scores",
            0,
            new ArrayList<>(List.of(offsets)),
            (long) payload.length,
            crc(payload),
            sha256(payload));
    Receipt receipt =
        new Receipt(viewId, "t@1", "worker", 7L, pixels, new ArrayList<>(List.of(location)), 0L);
    return new IndexEntry(view, receipt);
  }

  /** Chunk i of n of the entry's payload. */
  static TeacherTensors chunk(IndexEntry entry, byte[] payload, int i, int n) {
    Receipt receipt = entry.getReceipt();
    int size = (payload.length + n - 1) / n;
    int from = Math.min(payload.length, i * size);
    return new TeacherTensors(
        receipt.getViewId(),
        receipt.getTeacherId(),
        TensorKind.CLASS_SCORES,
        receipt.getPixelsSha256(),
        receipt.getAttemptId(),
        i,
        n,
        (long) payload.length,
        crc(payload),
        ByteBuffer.wrap(payload, from, Math.min(payload.length, from + size) - from).slice());
  }

  static ByteBuffer sha256(byte[] bytes) {
    return ByteBuffer.wrap(Canvas.sha256(bytes));
  }

  private static int crc(byte[] bytes) {
    CRC32C crc = new CRC32C();
    crc.update(bytes);
    return (int) crc.getValue();
  }
}
