package dev.lectern.teacher.recording;

import dev.lectern.schemas.record.TensorKind;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.zip.CRC32C;

/**
 * The tensor container of one kind of one view, with its checks.
 *
 * @param crc32c of the bytes
 * @param sha256 of the bytes
 */
record Payload(TensorKind kind, byte[] bytes, int crc32c, byte[] sha256) {
  static Payload of(TensorKind kind, byte[] bytes) {
    CRC32C crc = new CRC32C();
    crc.update(bytes, 0, bytes.length);
    try {
      byte[] sha256 = MessageDigest.getInstance("SHA-256").digest(bytes);
      return new Payload(kind, bytes, (int) crc.getValue(), sha256);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }
}
