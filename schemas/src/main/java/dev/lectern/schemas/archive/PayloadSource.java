package dev.lectern.schemas.archive;

import dev.lectern.schemas.record.IndexEntry;
import dev.lectern.schemas.record.PayloadLocation;
import dev.lectern.schemas.record.Receipt;
import dev.lectern.schemas.record.TeacherTensors;
import dev.lectern.schemas.record.TensorKind;
import dev.lectern.schemas.serde.Sha256;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The payloads of one kind in an archive, one after the other, each compared with its entry in the
 * index.
 */
final class PayloadSource implements AutoCloseable {
  private final ContainerReader<TeacherTensors> in;
  private final TensorKind kind;
  private final Map<String, IndexEntry> index;
  private final Set<String> seen = new HashSet<>();

  /**
   * A payload that is whole.
   *
   * @param receipt of its view, with the places of the log it was exported from
   * @param location of the payload in that receipt
   * @param chunks in order
   */
  record Payload(Receipt receipt, PayloadLocation location, List<TeacherTensors> chunks) {}

  PayloadSource(RecordingArchive archive, TensorKind kind) {
    this.in = archive.payloads(kind);
    this.kind = kind;
    this.index = archive.index();
  }

  /**
   * The next payload, or null after the last.
   *
   * @throws ArchiveException if it is not what the index says, or one was missing
   */
  Payload next() {
    TeacherTensors chunk = in.next();
    if (chunk == null) {
      if (seen.size() != index.size()) {
        throw new ArchiveException(
            in.file() + ": found " + seen.size() + " payloads, expected " + index.size());
      }
      return null;
    }
    IndexEntry entry = index.get(chunk.getViewId());
    if (entry == null || !seen.add(chunk.getViewId())) {
      throw wrong(chunk, entry == null ? "not in the index" : "a second payload");
    }
    Receipt receipt = entry.getReceipt();
    PayloadLocation location =
        receipt.getPayloads().stream()
            .filter(l -> l.getKind() == kind)
            .findFirst()
            .orElseThrow(() -> wrong(chunk, "not in the receipt"));
    List<TeacherTensors> chunks = new ArrayList<>();
    MessageDigest sha256 = Sha256.start();
    TeacherTensors next = chunk;
    while (true) {
      if (!next.getViewId().equals(chunk.getViewId())
          || next.getKind() != kind
          || next.getAttemptId() != receipt.getAttemptId()
          || !next.getTeacherId().equals(receipt.getTeacherId())
          || next.getChunk() != chunks.size()
          || next.getChunks() != chunk.getChunks()) {
        throw wrong(next, "not chunk " + chunks.size() + " of " + chunk.getViewId());
      }
      chunks.add(next);
      sha256.update(next.getPayload().duplicate());
      if (chunks.size() == chunk.getChunks()) {
        break;
      }
      next = in.next();
      if (next == null) {
        throw wrong(chunk, "only " + chunks.size() + " of " + chunk.getChunks() + " chunks");
      }
    }
    if (!ByteBuffer.wrap(sha256.digest()).equals(location.getSha256())) {
      throw wrong(chunk, "another SHA-256 than the receipt's");
    }
    return new Payload(receipt, location, chunks);
  }

  private ArchiveException wrong(TeacherTensors chunk, String found) {
    return new ArchiveException(
        in.file() + ": view " + chunk.getViewId() + ", " + chunk.getKind() + ": found " + found);
  }

  @Override
  public void close() {
    in.close();
  }
}
