package dev.lectern.schemas.serde;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.function.Supplier;
import org.apache.avro.AvroRuntimeException;
import org.apache.avro.Schema;
import org.apache.avro.message.BinaryMessageDecoder;
import org.apache.avro.message.BinaryMessageEncoder;
import org.apache.avro.message.MissingSchemaException;
import org.apache.avro.specific.SpecificData;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.serialization.Deserializer;
import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.common.serialization.Serializer;
import org.apache.kafka.common.utils.Utils;

/**
 * Reads and writes one record type in Avro's single-object encoding.
 *
 * <p>Writing uses the schema of the generated class; reading accepts every schema of the history. A
 * record that claims more bytes than {@link AvroLimits#MAX_BYTES} is refused before anything of
 * that size is allocated. Thread-safe.
 */
public final class AvroSerde<T extends SpecificRecord> implements Serde<T> {
  static {
    AvroLimits.apply();
  }

  private final Class<T> type;
  private final BinaryMessageEncoder<T> encoder;
  private final ThreadLocal<BinaryMessageDecoder<T>> decoder;
  private final SlicedRecords<T> sliced;

  public AvroSerde(Class<T> type) {
    this(type, SpecificData.getForClass(type), null);
  }

  /** With another model, whose readers may know more than how to resolve schemas. */
  public AvroSerde(Class<T> type, SpecificData model) {
    this(type, model, null);
  }

  /**
   * For records that are mostly payload: their large byte fields are views of what was read, as
   * {@link SlicedRecords} says.
   */
  public static <T extends SpecificRecord> AvroSerde<T> slicing(Class<T> type) {
    return new AvroSerde<>(type, SpecificData.getForClass(type), new SlicedRecords<>(type));
  }

  private AvroSerde(Class<T> type, SpecificData model, SlicedRecords<T> sliced) {
    this.type = type;
    this.sliced = sliced;
    Schema schema = model.getSchema(type);
    this.encoder = new BinaryMessageEncoder<>(model, schema);
    Supplier<BinaryMessageDecoder<T>> decoders =
        () -> {
          BinaryMessageDecoder<T> fresh = new BinaryMessageDecoder<>(model, schema);
          SchemaHistory.of(type).forEach(fresh::addSchema);
          return fresh;
        };
    this.decoder = ThreadLocal.withInitial(decoders);
  }

  @Override
  public Serializer<T> serializer() {
    return (topic, record) -> record == null ? null : encode(record);
  }

  @Override
  public Deserializer<T> deserializer() {
    return new Deserializer<>() {
      @Override
      public T deserialize(String topic, byte[] bytes) {
        if (bytes == null) {
          return null;
        }
        return sliced == null ? decode(bytes, topic) : sliced.decode(ByteBuffer.wrap(bytes), topic);
      }

      @Override
      public T deserialize(String topic, Headers headers, ByteBuffer bytes) {
        if (bytes == null || sliced == null || !bytes.hasArray()) {
          return deserialize(topic, headers, Utils.toNullableArray(bytes));
        }
        return sliced.decode(bytes, topic);
      }
    };
  }

  private byte[] encode(T record) {
    try {
      ByteBuffer bytes = encoder.encode(record);
      if (bytes.arrayOffset() == 0 && bytes.remaining() == bytes.array().length) {
        return bytes.array();
      }
      byte[] exact = new byte[bytes.remaining()];
      bytes.get(exact);
      return exact;
    } catch (IOException | AvroRuntimeException e) {
      throw new CorruptRecordException(
          type.getSimpleName() + " cannot be written: " + e.getMessage(), e);
    }
  }

  private T decode(byte[] bytes, String topic) {
    try {
      return decoder.get().decode(bytes);
    } catch (MissingSchemaException e) {
      throw new CorruptRecordException(
          topic
              + ": found a record of an unknown schema, expected a "
              + type.getSimpleName()
              + ": "
              + e.getMessage(),
          e);
    } catch (IOException | RuntimeException e) {
      throw new CorruptRecordException(
          topic
              + ": found "
              + bytes.length
              + " bytes that are not a "
              + type.getSimpleName()
              + ": "
              + e.getMessage(),
          e);
    }
  }
}
