package dev.lectern.schemas.serde;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.avro.Schema;
import org.apache.avro.SchemaNormalization;
import org.apache.avro.specific.SpecificData;

/**
 * The fingerprints by which records of a type are known: of its current schema and of all released
 * ones.
 *
 * <p>They stand in the header of Avro's single-object encoding: C3 01, then the schema's
 * CRC-64-AVRO, little-endian.
 *
 * @param known CRC-64-AVRO of each schema
 */
record Fingerprints(Set<Long> known) {
  private static final int HEADER_BYTES = 10;

  /** Those of a record type; reads its released schemas. */
  static Fingerprints of(Class<?> record) {
    Schema current = SpecificData.getForClass(record).getSchema(record);
    return new Fingerprints(
        Stream.concat(Stream.of(current), SchemaHistory.of(record).stream())
            .map(SchemaNormalization::parsingFingerprint64)
            .collect(Collectors.toUnmodifiableSet()));
  }

  /** Whether bytes were written with one of the schemas. */
  boolean areOf(byte[] bytes) {
    return bytes.length >= HEADER_BYTES
        && bytes[0] == (byte) 0xC3
        && bytes[1] == 1
        && known.contains(ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).getLong(2));
  }
}
