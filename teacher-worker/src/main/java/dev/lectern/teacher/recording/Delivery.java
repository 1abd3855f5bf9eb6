package dev.lectern.teacher.recording;

import dev.lectern.schemas.view.ViewId;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.BlockingQueue;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/**
 * One record that this worker holds until it is settled. Any thread may settle it; its lane tells
 * the broker.
 */
final class Delivery {
  /** A delivery and what became of it. */
  record Settled(Delivery delivery, Verdict verdict) {}

  private final ConsumerRecord<byte[], byte[]> record;
  private final BlockingQueue<Settled> lane;

  Delivery(ConsumerRecord<byte[], byte[]> record, BlockingQueue<Settled> lane) {
    this.record = record;
    this.lane = lane;
  }

  ConsumerRecord<byte[], byte[]> record() {
    return record;
  }

  /** How often the broker has handed it out, this time included. */
  int attempts() {
    return record.deliveryCount().orElse((short) 1);
  }

  /** {@code topic-partition@offset}. */
  String coordinates() {
    return record.topic() + "-" + record.partition() + "@" + record.offset();
  }

  /** The key if it is a view id, null otherwise. */
  String viewId() {
    if (record.key() == null) {
      return null;
    }
    String key = new String(record.key(), StandardCharsets.UTF_8);
    try {
      ViewId.parse(key);
      return key;
    } catch (IllegalArgumentException e) {
      return null;
    }
  }

  void settle(Verdict verdict) {
    lane.add(new Settled(this, verdict));
  }
}
