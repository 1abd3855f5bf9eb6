package dev.lectern.teacher.recording;

import dev.lectern.schemas.record.TensorKind;
import dev.lectern.schemas.serde.Sha256;
import java.nio.ByteBuffer;
import java.util.zip.CRC32C;

/**
 * The tensor container of one kind of one view, with its checks.
 *
 * @param crc32c of the bytes
 * @param sha256 of the bytes
 */
record Payload(TensorKind kind, byte[] bytes, int crc32c, ByteBuffer sha256) {
  static Payload of(TensorKind kind, byte[] bytes) {
    CRC32C crc = new CRC32C();
    crc.update(bytes, 0, bytes.length);
    return new Payload(kind, bytes, (int) crc.getValue(), Sha256.of(ByteBuffer.wrap(bytes)));
  }
}
