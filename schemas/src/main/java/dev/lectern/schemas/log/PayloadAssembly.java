package dev.lectern.schemas.log;

import dev.lectern.schemas.record.PayloadLocation;
import dev.lectern.schemas.record.Receipt;
import dev.lectern.schemas.record.TeacherTensors;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.CRC32C;

/**
 * One payload that is being put together from its chunks, each checked against the receipt.
 *
 * <p>Chunks may come in any order and among those of other payloads. A payload of one chunk is not
 * copied.
 */
final class PayloadAssembly {
  private final Receipt receipt;
  private final PayloadLocation location;
  private final ByteBuffer[] chunks;
  private int present;

  PayloadAssembly(Receipt receipt, PayloadLocation location) {
    this.receipt = receipt;
    this.location = location;
    this.chunks = new ByteBuffer[location.getOffsets().size()];
    if (chunks.length == 0) {
      throw failure("receipt lists no chunk");
    }
  }

  Receipt receipt() {
    return receipt;
  }

  PayloadLocation location() {
    return location;
  }

  /**
   * Takes in the record that lies at the i-th offset.
   *
   * @param record null for a tombstone, which is a fault
   * @return whether the payload is complete
   */
  boolean add(int i, TeacherTensors record) {
    if (record == null) {
      throw failure(at(i) + " has no value");
    }
    require(i, "view", record.getViewId(), receipt.getViewId());
    require(i, "kind", record.getKind(), location.getKind());
    require(i, "teacher", record.getTeacherId(), receipt.getTeacherId());
    require(i, "attempt", record.getAttemptId(), receipt.getAttemptId());
    require(i, "chunk", record.getChunk(), i);
    require(i, "number of chunks", record.getChunks(), chunks.length);
    require(i, "payload bytes", record.getPayloadBytes(), location.getSize());
    require(i, "payload CRC32C", record.getPayloadCrc32c(), location.getCrc32c());
    if (!record.getPixelsSha256().equals(receipt.getPixelsSha256())) {
      throw failure(at(i) + " was computed from other pixels");
    }
    if (chunks[i] == null) {
      chunks[i] = record.getPayload();
      present++;
    }
    return present == chunks.length;
  }

  /**
   * The payload, after its size and checksum were compared with the receipt.
   *
   * @return from position to limit
   */
  ByteBuffer payload() {
    List<String> missing = new ArrayList<>();
    long size = 0;
    for (int i = 0; i < chunks.length; i++) {
      if (chunks[i] == null) {
        missing.add(at(i));
      } else {
        size += chunks[i].remaining();
      }
    }
    if (!missing.isEmpty()) {
      throw failure("missing: " + String.join(", ", missing));
    }
    if (size != location.getSize()) {
      throw failure("found " + size + " bytes, expected " + location.getSize());
    }
    ByteBuffer whole = chunks.length == 1 ? chunks[0].slice() : joined(Math.toIntExact(size));
    CRC32C crc = new CRC32C();
    crc.update(whole.duplicate());
    if ((int) crc.getValue() != location.getCrc32c()) {
      throw failure(
          String.format(
              "found CRC32C %08x, expected %08x", (int) crc.getValue(), location.getCrc32c()));
    }
    return whole;
  }

  private ByteBuffer joined(int size) {
    ByteBuffer whole = ByteBuffer.allocate(size);
    for (ByteBuffer chunk : chunks) {
      whole.put(chunk.duplicate());
    }
    return whole.flip();
  }

  private void require(int i, String what, Object found, Object expected) {
    if (!found.equals(expected)) {
      throw failure(at(i) + " has " + what + " " + found + ", expected " + expected);
    }
  }

  private String at(int i) {
    return "chunk "
        + i
        + " of "
        + chunks.length
        + " at "
        + location.getTopic()
        + "-"
        + location.getPartition()
        + "@"
        + location.getOffsets().get(i);
  }

  PayloadException failure(String what) {
    return failure(what, null);
  }

  /** Says which payload of which view it was. */
  PayloadException failure(String what, Throwable cause) {
    return new PayloadException(
        "view "
            + receipt.getViewId()
            + ", "
            + location.getKind()
            + " on "
            + location.getTopic()
            + "-"
            + location.getPartition()
            + ": "
            + what,
        cause);
  }
}
