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
import java.util.function.Supplier;

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
  record Payload(Receipt receipt, PayloadLocation location, List<TeacherTensors> chunks) {
    /** The tensor container, from position to limit. */
    ByteBuffer bytes() {
      if (chunks.size() == 1) {
        return chunks.get(0).getPayload().slice();
      }
      ByteBuffer whole = ByteBuffer.allocate(Math.toIntExact(location.getSize()));
      chunks.forEach(chunk -> whole.put(chunk.getPayload().duplicate()));
      return whole.flip();
    }
  }

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
    return whole(in.file(), receipt, location, chunk, in::next);
  }

  /**
   * Reads the chunks of a payload.
   *
   * @param file names the file in messages
   * @param first its first chunk
   * @param next the next record of the file, or null
   * @throws ArchiveException if they are not what the receipt says
   */
  static Payload whole(
      String file,
      Receipt receipt,
      PayloadLocation location,
      TeacherTensors first,
      Supplier<TeacherTensors> next) {
    List<TeacherTensors> chunks = new ArrayList<>();
    MessageDigest sha256 = Sha256.start();
    TeacherTensors chunk = first;
    while (true) {
      if (!chunk.getViewId().equals(receipt.getViewId())
          || chunk.getKind() != location.getKind()
          || chunk.getAttemptId() != receipt.getAttemptId()
          || !chunk.getTeacherId().equals(receipt.getTeacherId())
          || chunk.getChunk() != chunks.size()
          || chunk.getChunks() != first.getChunks()) {
        throw wrong(file, chunk, "not chunk " + chunks.size() + " of " + receipt.getViewId());
      }
      chunks.add(chunk);
      sha256.update(chunk.getPayload().duplicate());
      if (chunks.size() == first.getChunks()) {
        break;
      }
      chunk = next.get();
      if (chunk == null) {
        throw wrong(file, first, "only " + chunks.size() + " of " + first.getChunks() + " chunks");
      }
    }
    if (!ByteBuffer.wrap(sha256.digest()).equals(location.getSha256())) {
      throw wrong(file, first, "another SHA-256 than the receipt's");
    }
    return new Payload(receipt, location, chunks);
  }

  private ArchiveException wrong(TeacherTensors chunk, String found) {
    return wrong(in.file(), chunk, found);
  }

  private static ArchiveException wrong(String file, TeacherTensors chunk, String found) {
    return new ArchiveException(
        file + ": view " + chunk.getViewId() + ", " + chunk.getKind() + ": found " + found);
  }

  @Override
  public void close() {
    in.close();
  }
}
