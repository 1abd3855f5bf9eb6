package dev.lectern.trainer.replay;

import dev.lectern.schemas.log.PayloadReader;
import dev.lectern.schemas.record.CatalogEntry;
import dev.lectern.schemas.record.IndexEntry;
import dev.lectern.schemas.record.Receipt;
import dev.lectern.schemas.record.TensorKind;
import dev.lectern.schemas.serde.Sha256;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.util.List;
import java.util.Set;

/**
 * A part of a view: where it lies in the log, and under which fingerprint a store keeps it.
 *
 * @param view the view that the part belongs to
 * @param recording whose payload it is; null for {@link Part#VIEW}
 * @param receipt says where the payloads lie; null for {@link Part#VIEW}
 * @param kind of the payload; null for {@link Part#VIEW}
 * @param fingerprint 32 bytes: SHA-256 of the payload; for a view of its dataset's plan, its pixels
 *     and its label map
 */
record PartLocation(
    CatalogEntry view, String recording, Receipt receipt, TensorKind kind, byte[] fingerprint) {

  String viewId() {
    return view.getViewId();
  }

  Part part() {
    return new Part(kind);
  }

  boolean isView() {
    return kind == null;
  }

  /**
   * A view with what it says of its objects.
   *
   * @param plan digest of the dataset's plan, which decides the annotations of the view; its pixels
   *     alone do not
   */
  static PartLocation ofView(CatalogEntry view, byte[] plan) {
    MessageDigest digest = Sha256.start();
    digest.update(plan);
    digest.update(view.getPixelsSha256().duplicate());
    digest.update(view.getLabelMapSha256().duplicate());
    return new PartLocation(view, null, null, null, digest.digest());
  }

  /**
   * The payloads of the wanted kinds.
   *
   * @param recording whose index holds the entry
   * @throws dev.lectern.schemas.log.PayloadException if the receipt lacks a kind
   */
  static List<PartLocation> ofPayloads(String recording, IndexEntry entry, Set<TensorKind> kinds) {
    Receipt receipt = entry.getReceipt();
    return kinds.stream()
        .sorted()
        .map(
            kind ->
                new PartLocation(
                    entry.getView(),
                    recording,
                    receipt,
                    kind,
                    bytes(PayloadReader.location(receipt, kind).getSha256())))
        .toList();
  }

  static byte[] bytes(ByteBuffer buffer) {
    byte[] bytes = new byte[buffer.remaining()];
    buffer.duplicate().get(bytes);
    return bytes;
  }
}
