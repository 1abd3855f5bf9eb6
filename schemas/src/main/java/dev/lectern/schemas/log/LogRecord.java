package dev.lectern.schemas.log;

import dev.lectern.schemas.serde.CorruptRecordException;
import dev.lectern.schemas.serde.SchemaRegistryException;
import dev.lectern.schemas.serde.WireForm;
import dev.lectern.schemas.topic.Topic;
import java.nio.ByteBuffer;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/**
 * A record as it lies on its topic; it is decoded when it is asked for, so that a reader can go on
 * after one that does not decode.
 */
public final class LogRecord<K, V> {
  private final Topic<K, V> topic;
  private final WireForm form;
  private final ConsumerRecord<byte[], ByteBuffer> raw;

  /**
   * @param topic with values in single-object encoding
   * @param form of the bytes
   */
  LogRecord(Topic<K, V> topic, WireForm form, ConsumerRecord<byte[], ByteBuffer> raw) {
    this.topic = topic;
    this.form = form;
    this.raw = raw;
  }

  public int partition() {
    return raw.partition();
  }

  public long offset() {
    return raw.offset();
  }

  /** {@code topic-partition@offset}. */
  public String coordinates() {
    return raw.topic() + "-" + raw.partition() + "@" + raw.offset();
  }

  /**
   * @return null if the record has no key
   * @throws CorruptRecordException if the bytes are not a key; the message has the coordinates
   */
  public K key() {
    try {
      return topic.key().deserializer().deserialize(raw.topic(), raw.key());
    } catch (RuntimeException e) {
      throw new CorruptRecordException(coordinates() + ": key: " + e.getMessage(), e);
    }
  }

  /**
   * The key of a record that must have one.
   *
   * @throws CorruptRecordException if it has none, or the bytes are not a key
   */
  public K requireKey() {
    K key = key();
    if (key == null) {
      throw new CorruptRecordException(coordinates() + ": found no key");
    }
    return key;
  }

  /**
   * @return null for a tombstone
   * @throws CorruptRecordException if the bytes are not a value; the message has the coordinates
   */
  public V value() {
    ByteBuffer bytes = bytes();
    try {
      return topic.value().deserializer().deserialize(raw.topic(), raw.headers(), bytes);
    } catch (RuntimeException e) {
      throw new CorruptRecordException(coordinates() + ": " + e.getMessage(), e);
    }
  }

  /**
   * The value in single-object encoding. What lies so on the topic is not copied: keeping it keeps
   * the fetch that it came with.
   *
   * @return null for a tombstone
   * @throws CorruptRecordException if its schema is unknown; the message has the coordinates
   * @throws SchemaRegistryException if its schema is asked for, and nobody answers
   */
  public ByteBuffer bytes() {
    try {
      return form.read(raw.value() == null ? null : raw.value().slice());
    } catch (CorruptRecordException e) {
      throw new CorruptRecordException(coordinates() + ": " + e.getMessage(), e);
    }
  }
}
