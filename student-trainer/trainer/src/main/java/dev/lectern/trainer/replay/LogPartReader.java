package dev.lectern.trainer.replay;

import dev.lectern.schemas.log.CorruptRecordingException;
import dev.lectern.schemas.log.LogRecord;
import dev.lectern.schemas.log.PayloadReader;
import dev.lectern.schemas.log.TopicReader;
import dev.lectern.schemas.record.TensorKind;
import dev.lectern.schemas.record.View;
import dev.lectern.schemas.topic.Topic;
import dev.lectern.schemas.topic.Topics;
import java.nio.ByteBuffer;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.BiConsumer;
import java.util.stream.Collectors;

/** Reads parts of views from Kafka, by offset. */
final class LogPartReader implements PartReader {
  private final Map<String, Object> kafka;
  private final Topic<String, View> topic;
  private final Map<String, PayloadReader> payloads = new HashMap<>();
  private TopicReader<String, View> singly;

  /**
   * @param kafka client settings with {@code bootstrap.servers}
   * @param dataset whose views are read
   */
  LogPartReader(Map<String, Object> kafka, String dataset) {
    this.kafka = kafka;
    this.topic = Topics.views(dataset);
  }

  private PayloadReader payloads(String recording) {
    return payloads.computeIfAbsent(recording, name -> new PayloadReader(kafka, name));
  }

  /**
   * {@inheritDoc}
   *
   * @throws dev.lectern.schemas.log.PayloadException if a payload is absent or not what the receipt
   *     says
   * @throws dev.lectern.schemas.log.LostRecordsException if the view was deleted
   */
  @Override
  public ByteBuffer readSingly(PartLocation part) {
    if (!part.isView()) {
      return payloads(part.recording()).read(part.receipt(), part.kind());
    }
    if (singly == null) {
      singly = TopicReader.randomAccess(kafka, topic);
    }
    long offset = part.view().getOffset();
    Map<Long, PartLocation> single = new HashMap<>(Map.of(offset, part));
    ByteBuffer[] found = new ByteBuffer[1];
    singly.read(
        part.view().getPartition(),
        offset,
        offset + 1,
        record -> take(single, record, (which, bytes) -> found[0] = bytes));
    requireAll(single);
    return found[0];
  }

  /** In log order: each partition is read once from the first to the last wanted record. */
  @Override
  public void readInOrder(
      Collection<PartLocation> wanted, BiConsumer<PartLocation, ByteBuffer> sink) {
    readViews(wanted.stream().filter(PartLocation::isView).toList(), sink);
    Map<String, Map<TensorKind, List<PartLocation>>> payloadParts =
        wanted.stream()
            .filter(part -> !part.isView())
            .collect(
                Collectors.groupingBy(
                    PartLocation::recording,
                    TreeMap::new,
                    Collectors.groupingBy(PartLocation::kind, TreeMap::new, Collectors.toList())));
    payloadParts.forEach(
        (recording, kinds) -> kinds.forEach((kind, parts) -> scan(recording, kind, parts, sink)));
  }

  /** With a reader of its own, so that the large fetches of one topic at a time are in memory. */
  private void scan(
      String recording,
      TensorKind kind,
      List<PartLocation> wanted,
      BiConsumer<PartLocation, ByteBuffer> sink) {
    Map<String, PartLocation> byView = new HashMap<>();
    wanted.forEach(part -> byView.put(part.viewId(), part));
    try (PayloadReader reader = new PayloadReader(kafka, recording)) {
      reader.scan(
          byView.values().stream().map(PartLocation::receipt).toList(),
          kind,
          (receipt, location, payload) -> sink.accept(byView.get(receipt.getViewId()), payload));
    }
  }

  private void readViews(List<PartLocation> wanted, BiConsumer<PartLocation, ByteBuffer> sink) {
    if (wanted.isEmpty()) {
      return;
    }
    SortedMap<Integer, SortedMap<Long, PartLocation>> partitions = new TreeMap<>();
    for (PartLocation part : wanted) {
      partitions
          .computeIfAbsent(part.view().getPartition(), p -> new TreeMap<>())
          .put(part.view().getOffset(), part);
    }
    try (TopicReader<String, View> reader = TopicReader.sequential(kafka, topic)) {
      Map<Integer, TopicReader.Range> ranges = new HashMap<>();
      partitions.forEach(
          (partition, pending) ->
              ranges.put(
                  partition, new TopicReader.Range(pending.firstKey(), pending.lastKey() + 1)));
      reader.read(ranges, record -> take(partitions.get(record.partition()), record, sink));
      partitions.values().forEach(this::requireAll);
    }
  }

  private void take(
      Map<Long, PartLocation> pending,
      LogRecord<String, View> record,
      BiConsumer<PartLocation, ByteBuffer> sink) {
    PartLocation part = pending.remove(record.offset());
    if (part == null) {
      return;
    }
    PartReader.requireView(record.coordinates(), part, record.value());
    sink.accept(part, record.bytes());
  }

  private void requireAll(Map<Long, PartLocation> pending) {
    for (Map.Entry<Long, PartLocation> left : pending.entrySet()) {
      throw new CorruptRecordingException(
          topic.name()
              + "-"
              + left.getValue().view().getPartition()
              + "@"
              + left.getKey()
              + ": found no record, expected view "
              + left.getValue().viewId());
    }
  }

  @Override
  public void close() {
    payloads.values().forEach(PayloadReader::close);
    if (singly != null) {
      singly.close();
    }
  }
}
