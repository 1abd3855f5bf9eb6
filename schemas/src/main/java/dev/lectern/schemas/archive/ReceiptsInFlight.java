package dev.lectern.schemas.archive;

import dev.lectern.schemas.log.TopicWriter;
import dev.lectern.schemas.record.IndexEntry;
import dev.lectern.schemas.record.PayloadLocation;
import dev.lectern.schemas.record.Receipt;
import dev.lectern.schemas.record.TeacherTensors;
import dev.lectern.schemas.record.TensorKind;
import dev.lectern.schemas.topic.Topic;
import dev.lectern.schemas.topic.Topics;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.clients.producer.RecordMetadata;

/**
 * Views whose payloads are being sent; once all are acknowledged, their receipt with the new
 * places.
 */
final class ReceiptsInFlight {
  private final RecordingArchive archive;
  private final Map<TensorKind, Topic<String, TeacherTensors>> topics =
      new EnumMap<>(TensorKind.class);
  private final Map<String, Map<TensorKind, List<CompletableFuture<RecordMetadata>>>> views =
      new LinkedHashMap<>();

  /**
   * @param name of the recording that is made
   */
  ReceiptsInFlight(RecordingArchive archive, String name) {
    this.archive = archive;
    archive.kinds().forEach(kind -> topics.put(kind, Topics.tensors(name, kind)));
  }

  void send(TopicWriter writer, PayloadSource.Payload payload) {
    TensorKind kind = payload.location().getKind();
    String viewId = payload.receipt().getViewId();
    List<CompletableFuture<RecordMetadata>> chunks = new ArrayList<>();
    for (TeacherTensors chunk : payload.chunks()) {
      chunks.add(writer.send(topics.get(kind), viewId, chunk));
    }
    views.computeIfAbsent(viewId, id -> new EnumMap<>(TensorKind.class)).put(kind, chunks);
  }

  /** Receipts of the views that were acknowledged since the last call. */
  List<Receipt> acknowledged() {
    List<Receipt> receipts = new ArrayList<>();
    Iterator<Map.Entry<String, Map<TensorKind, List<CompletableFuture<RecordMetadata>>>>> each =
        views.entrySet().iterator();
    while (each.hasNext()) {
      var view = each.next();
      if (!isDone(view.getValue())) {
        break;
      }
      receipts.add(moved(archive.index().get(view.getKey()).getReceipt(), view.getValue()));
      each.remove();
    }
    return receipts;
  }

  private boolean isDone(Map<TensorKind, List<CompletableFuture<RecordMetadata>>> kinds) {
    return kinds.size() == topics.size()
        && kinds.values().stream().flatMap(List::stream).allMatch(CompletableFuture::isDone);
  }

  private Receipt moved(
      Receipt receipt, Map<TensorKind, List<CompletableFuture<RecordMetadata>>> kinds) {
    List<PayloadLocation> locations = new ArrayList<>();
    for (PayloadLocation location : receipt.getPayloads()) {
      List<RecordMetadata> chunks =
          kinds.get(location.getKind()).stream().map(CompletableFuture::join).toList();
      locations.add(
          PayloadLocation.newBuilder(location)
              .setTopic(topics.get(location.getKind()).name())
              .setPartition(chunks.get(0).partition())
              .setOffsets(chunks.stream().map(RecordMetadata::offset).toList())
              .build());
    }
    return Receipt.newBuilder(receipt).setPayloads(locations).build();
  }

  /** Whether a receipt on the log is one of these, from an import that was cut off. */
  boolean isOfArchive(Receipt found) {
    IndexEntry entry = found == null ? null : archive.index().get(found.getViewId());
    if (entry == null) {
      return false;
    }
    Receipt wanted = entry.getReceipt();
    return found.getTeacherId().equals(wanted.getTeacherId())
        && found.getAttemptId() == wanted.getAttemptId()
        && found.getPixelsSha256().equals(wanted.getPixelsSha256())
        && contents(found).equals(contents(wanted));
  }

  private Map<TensorKind, java.nio.ByteBuffer> contents(Receipt receipt) {
    Map<TensorKind, java.nio.ByteBuffer> contents = new EnumMap<>(TensorKind.class);
    for (PayloadLocation location : receipt.getPayloads()) {
      Topic<?, ?> topic = topics.get(location.getKind());
      contents.put(location.getKind(), topic == null ? null : location.getSha256());
    }
    return contents;
  }
}
