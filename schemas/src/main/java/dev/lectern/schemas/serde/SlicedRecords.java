package dev.lectern.schemas.serde;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HashMap;
import java.util.Map;
import org.apache.avro.Schema;
import org.apache.avro.SchemaNormalization;
import org.apache.avro.specific.SpecificData;
import org.apache.avro.specific.SpecificDatumReader;
import org.apache.avro.specific.SpecificRecord;

/**
 * Decodes records of one type, as {@link AvroSerde} does, but large byte fields are views of the
 * bytes that are decoded: for records that are mostly payload. Whoever keeps such a record keeps
 * these bytes. Thread-safe.
 */
public final class SlicedRecords<T extends SpecificRecord> {
  private static final int MARKER = 0x01C3;
  private static final int HEADER_BYTES = Short.BYTES + Long.BYTES;

  static {
    AvroLimits.apply();
  }

  private final Class<T> type;
  private final Map<Long, SpecificDatumReader<T>> readers = new HashMap<>();
  private final ThreadLocal<SlicingDecoder> decoder = ThreadLocal.withInitial(SlicingDecoder::new);

  public SlicedRecords(Class<T> type) {
    this.type = type;
    SpecificData model = SpecificData.getForClass(type);
    Schema current = model.getSchema(type);
    add(current, current, model);
    SchemaHistory.of(type).forEach(written -> add(written, current, model));
  }

  private void add(Schema written, Schema current, SpecificData model) {
    readers.put(
        SchemaNormalization.parsingFingerprint64(written),
        new SpecificDatumReader<>(written, current, model));
  }

  /**
   * Decodes one record.
   *
   * @param bytes from position to limit, on the heap; not changed
   * @param where for messages
   * @throws CorruptRecordException if they are not such a record
   */
  public T decode(ByteBuffer bytes, String where) {
    ByteBuffer in = bytes.slice().order(ByteOrder.LITTLE_ENDIAN);
    if (in.remaining() < HEADER_BYTES || in.getShort(0) != (short) MARKER) {
      throw new CorruptRecordException(
          where + ": found " + in.remaining() + " bytes that are not a " + type.getSimpleName());
    }
    SpecificDatumReader<T> reader = readers.get(in.getLong(Short.BYTES));
    if (reader == null) {
      throw new CorruptRecordException(
          where + ": found a record of an unknown schema, expected a " + type.getSimpleName());
    }
    try {
      return reader.read(
          null,
          decoder
              .get()
              .over(in.array(), in.arrayOffset() + HEADER_BYTES, in.remaining() - HEADER_BYTES));
    } catch (IOException | RuntimeException e) {
      throw new CorruptRecordException(
          where
              + ": found "
              + in.remaining()
              + " bytes that are not a "
              + type.getSimpleName()
              + ": "
              + e.getMessage(),
          e);
    }
  }
}
