package dev.lectern.schemas.serde;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.stream.Stream;
import org.apache.avro.Schema;
import org.apache.avro.SchemaNormalization;
import org.apache.avro.specific.SpecificData;

/**
 * The header of Avro's single-object encoding: C3 01, then the schema's CRC-64-AVRO, little-endian.
 */
final class Fingerprints {
  private static final int HEADER_BYTES = 10;

  private Fingerprints() {}

  /** Whether the bytes were written with the current or a released schema of {@code record}. */
  static boolean isOneOf(byte[] bytes, Class<?> record) {
    if (bytes.length < HEADER_BYTES || bytes[0] != (byte) 0xC3 || bytes[1] != 1) {
      return false;
    }
    long found = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).getLong(2);
    Schema current = SpecificData.getForClass(record).getSchema(record);
    return Stream.concat(Stream.of(current), SchemaHistory.of(record).stream())
        .anyMatch(schema -> SchemaNormalization.parsingFingerprint64(schema) == found);
  }
}
