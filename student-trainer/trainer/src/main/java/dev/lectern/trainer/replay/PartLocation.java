package dev.lectern.trainer.replay;

import dev.lectern.schemas.record.CatalogEntry;
import dev.lectern.schemas.record.IndexEntry;
import dev.lectern.schemas.record.PayloadLocation;
import dev.lectern.schemas.record.Receipt;
import dev.lectern.schemas.record.TensorKind;
import dev.lectern.schemas.topic.Topics;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.List;
import java.util.Set;

/**
 * A part of a view: where it lies in the log, what it must be, and under which fingerprint a store
 * keeps it.
 *
 * @param view the view that the part belongs to
 * @param receipt the teacher's receipt; null for {@link Part#VIEW}
 * @param payload where the payload lies; null for {@link Part#VIEW}
 * @param part which part
 * @param chunks coordinates of its records, in chunk order
 * @param fingerprint 32 bytes: SHA-256 of the payload; of pixel digest and coordinate for a view
 */
record PartLocation(
    CatalogEntry view,
    Receipt receipt,
    PayloadLocation payload,
    Part part,
    List<Coordinate> chunks,
    byte[] fingerprint) {

  String viewId() {
    return view.getViewId();
  }

  static PartLocation ofView(String dataset, CatalogEntry view) {
    Coordinate coordinate =
        new Coordinate(Topics.views(dataset).name(), view.getPartition(), view.getOffset());
    MessageDigest digest = sha256();
    digest.update(view.getPixelsSha256().duplicate());
    digest.update(coordinate.toString().getBytes(StandardCharsets.UTF_8));
    return new PartLocation(view, null, null, Part.VIEW, List.of(coordinate), digest.digest());
  }

  /**
   * The payloads of the wanted kinds.
   *
   * @throws CorruptRecordingException if the receipt lacks a kind
   */
  static List<PartLocation> ofPayloads(IndexEntry entry, Set<TensorKind> kinds) {
    return kinds.stream().sorted().map(kind -> ofPayload(entry, kind)).toList();
  }

  private static PartLocation ofPayload(IndexEntry entry, TensorKind kind) {
    for (PayloadLocation payload : entry.getReceipt().getPayloads()) {
      if (payload.getKind() == kind) {
        List<Coordinate> chunks =
            payload.getOffsets().stream()
                .map(offset -> new Coordinate(payload.getTopic(), payload.getPartition(), offset))
                .toList();
        return new PartLocation(
            entry.getView(),
            entry.getReceipt(),
            payload,
            Part.of(kind),
            chunks,
            bytes(payload.getSha256()));
      }
    }
    throw new CorruptRecordingException(
        "view " + entry.getView().getViewId() + ": its receipt names no payload of kind " + kind);
  }

  static byte[] bytes(ByteBuffer buffer) {
    byte[] bytes = new byte[buffer.remaining()];
    buffer.duplicate().get(bytes);
    return bytes;
  }

  static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }
}
