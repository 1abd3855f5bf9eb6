package dev.lectern.trainer.replay;

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

/**
 * Reads parts of views from the log; nothing is handed over that is not what catalog and receipt
 * say. One thread at a time.
 */
final class PartReader implements AutoCloseable {
  private final Map<String, Object> kafka;
  private final Topic<String, View> topic;
  private final Map<String, PayloadReader> payloads = new HashMap<>();
  private TopicReader<String, View> singly;
  private TopicReader<String, View> inOrder;

  /**
   * @param kafka client settings with {@code bootstrap.servers}
   * @param dataset whose views are read
   */
  PartReader(Map<String, Object> kafka, String dataset) {
    this.kafka = kafka;
    this.topic = Topics.views(dataset);
  }

  private PayloadReader payloads(String recording) {
    return payloads.computeIfAbsent(recording, name -> new PayloadReader(kafka, name));
  }

  /**
   * Hands over every wanted part, each sought by itself: the View record in its serialised form, or
   * the tensor container.
   *
   * @throws CorruptRecordingException if the log holds another view at a view's coordinates
   * @throws dev.lectern.schemas.log.PayloadException if a payload is absent or not what the receipt
   *     says
   * @throws dev.lectern.schemas.log.LostRecordsException if the view was deleted
   */
  void readSingly(Collection<PartLocation> wanted, BiConsumer<PartLocation, ByteBuffer> sink) {
    for (PartLocation part : wanted) {
      if (part.part() != Part.VIEW) {
        sink.accept(part, payloads(part.recording()).read(part.receipt(), part.kind()));
        continue;
      }
      if (singly == null) {
        singly = TopicReader.randomAccess(kafka, topic);
      }
      long offset = part.view().getOffset();
      Map<Long, PartLocation> single = new HashMap<>(Map.of(offset, part));
      singly.read(part.view().getPartition(), offset, offset + 1, r -> take(single, r, sink));
      requireAll(single);
    }
  }

  /**
   * As {@link #readSingly}, in log order: each partition once from the first to the last wanted
   * record.
   */
  void readInOrder(Collection<PartLocation> wanted, BiConsumer<PartLocation, ByteBuffer> sink) {
    readViews(wanted.stream().filter(part -> part.part() == Part.VIEW).toList(), sink);
    Map<String, List<PartLocation>> byRecording =
        wanted.stream()
            .filter(part -> part.part() != Part.VIEW)
            .collect(
                Collectors.groupingBy(PartLocation::recording, TreeMap::new, Collectors.toList()));
    byRecording.forEach((recording, parts) -> scan(payloads(recording), parts, sink));
  }

  private static void scan(
      PayloadReader payloads,
      List<PartLocation> wanted,
      BiConsumer<PartLocation, ByteBuffer> sink) {
    for (TensorKind kind : TensorKind.values()) {
      Map<String, PartLocation> byView = new HashMap<>();
      wanted.stream()
          .filter(part -> part.kind() == kind)
          .forEach(part -> byView.put(part.viewId(), part));
      payloads.scan(
          byView.values().stream().map(PartLocation::receipt).toList(),
          kind,
          (receipt, location, payload) -> sink.accept(byView.get(receipt.getViewId()), payload));
    }
  }

  private void readViews(List<PartLocation> wanted, BiConsumer<PartLocation, ByteBuffer> sink) {
    SortedMap<Integer, SortedMap<Long, PartLocation>> partitions = new TreeMap<>();
    for (PartLocation part : wanted) {
      partitions
          .computeIfAbsent(part.view().getPartition(), p -> new TreeMap<>())
          .put(part.view().getOffset(), part);
    }
    if (inOrder == null) {
      inOrder = TopicReader.sequential(kafka, topic);
    }
    partitions.forEach(
        (partition, pending) -> {
          inOrder.read(
              partition, pending.firstKey(), pending.lastKey() + 1, r -> take(pending, r, sink));
          requireAll(pending);
        });
  }

  private void take(
      Map<Long, PartLocation> pending,
      LogRecord<String, View> record,
      BiConsumer<PartLocation, ByteBuffer> sink) {
    PartLocation part = pending.remove(record.offset());
    if (part == null) {
      return;
    }
    View view = record.value();
    String where = record.coordinates() + ", view " + part.viewId() + ": ";
    if (view == null || !view.getViewId().equals(part.viewId())) {
      throw new CorruptRecordingException(
          where + "found view " + (view == null ? "nothing" : view.getViewId()));
    }
    if (!view.getPixelsSha256().equals(part.view().getPixelsSha256())) {
      throw new CorruptRecordingException(where + "found another pixel digest than the catalog's");
    }
    byte[] digest = PartLocation.sha256().digest(PartLocation.bytes(view.getPixels()));
    if (!ByteBuffer.wrap(digest).equals(view.getPixelsSha256())) {
      throw new CorruptRecordingException(where + "its pixels do not match their digest");
    }
    sink.accept(part, ByteBuffer.wrap(topic.value().serializer().serialize(topic.name(), view)));
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
    if (inOrder != null) {
      inOrder.close();
    }
  }
}
