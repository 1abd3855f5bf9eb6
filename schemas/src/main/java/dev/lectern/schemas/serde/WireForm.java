package dev.lectern.schemas.serde;

import dev.lectern.schemas.record.CatalogEntry;
import dev.lectern.schemas.record.DatasetManifest;
import dev.lectern.schemas.record.DeadLetter;
import dev.lectern.schemas.record.IndexEntry;
import dev.lectern.schemas.record.LedgerStatus;
import dev.lectern.schemas.record.Receipt;
import dev.lectern.schemas.record.RecordingManifest;
import dev.lectern.schemas.record.RunStatus;
import dev.lectern.schemas.record.TeacherTensors;
import dev.lectern.schemas.record.View;
import dev.lectern.schemas.record.WorkerStatus;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.avro.Schema;
import org.apache.avro.SchemaNormalization;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.serialization.Deserializer;
import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.common.serialization.Serdes;

/**
 * How records begin on topics: as they are, in Avro's single-object encoding, or, where client
 * properties name a {@link SchemaRegistry}, as Confluent's serializers write them.
 *
 * <pre>
 *   single-object encoding   C3 01, CRC-64-AVRO of the schema (8 bytes, little-endian), Avro binary
 *   with a registry          00, number of the schema (4 bytes, big-endian), Avro binary
 * </pre>
 *
 * <p>Both are read. Everything but the topics knows single-object encoding alone. Thread-safe.
 */
public final class WireForm {
  private static final int MARKER = 0x01C3;
  private static final int SINGLE_OBJECT_BYTES = Short.BYTES + Long.BYTES;
  private static final byte MAGIC = 0;
  private static final int REGISTERED_BYTES = 1 + Integer.BYTES;

  /** Topics that begin with this hold records of several kinds. */
  private static final String SHARED = "lectern.";

  /** What is written, by CRC-64-AVRO: the current schema of each record. */
  static final Map<Long, Schema> WRITTEN =
      Stream.of(
              View.getClassSchema(),
              CatalogEntry.getClassSchema(),
              DatasetManifest.getClassSchema(),
              TeacherTensors.getClassSchema(),
              Receipt.getClassSchema(),
              DeadLetter.getClassSchema(),
              IndexEntry.getClassSchema(),
              RecordingManifest.getClassSchema(),
              WorkerStatus.getClassSchema(),
              LedgerStatus.getClassSchema(),
              RunStatus.getClassSchema())
          .collect(
              Collectors.toUnmodifiableMap(
                  SchemaNormalization::parsingFingerprint64, Function.identity()));

  /** Null where records stay as they are. */
  private final SchemaRegistry registry;

  private WireForm(SchemaRegistry registry) {
    this.registry = registry;
  }

  /**
   * @param client Kafka client properties
   */
  public static WireForm of(Map<String, ?> client) {
    return new WireForm(SchemaRegistry.of(client).orElse(null));
  }

  /**
   * A value as the topic gets it.
   *
   * @param value in single-object encoding with a current schema, or null for a tombstone
   * @throws SchemaRegistryException if the registry is away or refuses the schema
   */
  public byte[] written(String topic, byte[] value) {
    if (registry == null || value == null) {
      return value;
    }
    ByteBuffer in = ByteBuffer.wrap(value).order(ByteOrder.LITTLE_ENDIAN);
    long fingerprint = in.getLong(Short.BYTES);
    Schema schema = WRITTEN.get(fingerprint);
    if (schema == null) {
      throw new IllegalArgumentException(topic + ": not a record of Lectern's topics");
    }
    in.position(SINGLE_OBJECT_BYTES);
    return ByteBuffer.allocate(REGISTERED_BYTES + in.remaining())
        .put(MAGIC)
        .putInt(registry.id(subject(topic, schema), schema, fingerprint))
        .put(in)
        .array();
  }

  /** By topic, as consoles expect it; by topic and record where a topic holds several kinds. */
  private static String subject(String topic, Schema schema) {
    return topic + "-" + (topic.startsWith(SHARED) ? schema.getFullName() : "value");
  }

  /**
   * A value that lay on a topic, in single-object encoding; what is in neither form stays as it is.
   *
   * @param value from position to limit, or null
   * @throws CorruptRecordException if it names a schema that nobody knows
   * @throws SchemaRegistryException if the registry is away
   */
  public ByteBuffer read(ByteBuffer value) {
    if (value == null
        || value.remaining() < REGISTERED_BYTES
        || value.get(value.position()) != MAGIC) {
      return value;
    }
    ByteBuffer in = value.slice();
    int id = in.getInt(1);
    if (registry == null) {
      throw new CorruptRecordException(
          "found a record with schema "
              + id
              + " of a schema registry; name the registry with --schema-registry");
    }
    in.position(REGISTERED_BYTES);
    return ByteBuffer.allocate(SINGLE_OBJECT_BYTES + in.remaining())
        .order(ByteOrder.LITTLE_ENDIAN)
        .putShort((short) MARKER)
        .putLong(registry.fingerprint(id))
        .put(in)
        .flip();
  }

  /** Reads and writes this form, by a serde of single-object encoding. */
  public <V> Serde<V> of(Serde<V> values) {
    return Serdes.serdeFrom(
        (topic, value) -> written(topic, values.serializer().serialize(topic, value)),
        new Deserializer<>() {
          private final Deserializer<V> deserializer = values.deserializer();

          @Override
          public V deserialize(String topic, byte[] bytes) {
            return bytes == null
                ? null
                : deserializer.deserialize(topic, read(ByteBuffer.wrap(bytes)).array());
          }

          @Override
          public V deserialize(String topic, Headers headers, ByteBuffer bytes) {
            return deserializer.deserialize(topic, headers, read(bytes));
          }
        });
  }
}
