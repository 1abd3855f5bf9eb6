package dev.lectern.teacher.recording;

import dev.lectern.schemas.log.PayloadChunks;
import dev.lectern.schemas.record.PayloadLocation;
import dev.lectern.schemas.record.Receipt;
import dev.lectern.schemas.record.TeacherTensors;
import dev.lectern.schemas.record.TensorKind;
import dev.lectern.schemas.topic.Topic;
import dev.lectern.schemas.topic.Topics;
import java.nio.ByteBuffer;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ThreadLocalRandom;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.errors.RetriableException;
import org.apache.kafka.common.utils.Utils;

/**
 * Last stage: payloads, their acknowledgements, the receipt, its acknowledgement; then the view is
 * recorded. Sending waits while too many bytes are unacknowledged, and so holds up the stages
 * before.
 */
final class PayloadPublisher implements AutoCloseable {
  private final Producer<byte[], byte[]> producer;
  private final Topic<String, Receipt> receipts;
  private final Map<TensorKind, Topic<String, TeacherTensors>> topics =
      new EnumMap<>(TensorKind.class);
  private final Map<TensorKind, Integer> partitions = new EnumMap<>(TensorKind.class);
  private final String teacherId;
  private final String worker;
  private final Verdicts verdicts;
  private final WorkerState state;
  private final WorkerMetrics metrics;
  private final ExecutorService receiptThread;

  /**
   * @param kinds what is recorded; their topics exist
   */
  PayloadPublisher(
      Producer<byte[], byte[]> producer,
      String recording,
      Iterable<TensorKind> kinds,
      String teacherId,
      String worker,
      Verdicts verdicts,
      WorkerState state,
      WorkerMetrics metrics) {
    this.producer = producer;
    this.receipts = Topics.receipts(recording);
    for (TensorKind kind : kinds) {
      Topic<String, TeacherTensors> topic = Topics.tensors(recording, kind);
      topics.put(kind, topic);
      partitions.put(kind, producer.partitionsFor(topic.name()).size());
    }
    this.teacherId = teacherId;
    this.worker = worker;
    this.verdicts = verdicts;
    this.state = state;
    this.metrics = metrics;
    this.receiptThread = Executors.newSingleThreadExecutor(new StageThreads("receipt", state));
  }

  /** Sends a view's payloads; what follows happens on other threads. */
  void publish(DecodedView view, List<Payload> payloads) {
    long start = System.nanoTime();
    long cpuStart = WorkerMetrics.cpuNow();
    long attemptId = ThreadLocalRandom.current().nextLong();
    byte[] key = receipts.key().serializer().serialize(receipts.name(), view.view().getViewId());
    metrics.underWay().publishing.incrementAndGet();
    List<CompletableFuture<PayloadLocation>> locations = sendAll(view, key, payloads, attemptId);
    metrics.sent(WorkerMetrics.cpuNow() - cpuStart);
    CompletableFuture.allOf(locations.toArray(CompletableFuture[]::new))
        .thenApplyAsync(done -> receipt(view, locations, attemptId), receiptThread)
        .thenCompose(receipt -> send(receipts, key, null, receipt))
        .whenComplete(
            (metadata, e) -> {
              metrics.underWay().publishing.decrementAndGet();
              if (e == null) {
                payloads.forEach(p -> metrics.published(p.kind(), p.bytes().length));
                verdicts.recorded(view.delivery(), System.nanoTime() - start);
              } else {
                failed(view, e);
              }
            });
  }

  private List<CompletableFuture<PayloadLocation>> sendAll(
      DecodedView view, byte[] key, List<Payload> payloads, long attemptId) {
    metrics.underWay().senders.incrementAndGet();
    try {
      return payloads.stream().map(payload -> send(view, key, payload, attemptId)).toList();
    } catch (RuntimeException e) {
      metrics.underWay().publishing.decrementAndGet();
      throw e;
    } finally {
      metrics.underWay().senders.decrementAndGet();
    }
  }

  private CompletableFuture<PayloadLocation> send(
      DecodedView view, byte[] key, Payload payload, long attemptId) {
    Topic<String, TeacherTensors> topic = topics.get(payload.kind());
    int partition = Utils.toPositive(Utils.murmur2(key)) % partitions.get(payload.kind());
    TeacherTensors whole =
        TeacherTensors.newBuilder()
            .setViewId(view.view().getViewId())
            .setTeacherId(teacherId)
            .setKind(payload.kind())
            .setPixelsSha256(view.view().getPixelsSha256())
            .setAttemptId(attemptId)
            .setPayloadBytes(payload.bytes().length)
            .setPayloadCrc32c(payload.crc32c())
            .setPayload(ByteBuffer.wrap(payload.bytes()))
            .build();
    List<CompletableFuture<RecordMetadata>> sent =
        PayloadChunks.of(whole).stream().map(chunk -> send(topic, key, partition, chunk)).toList();
    return CompletableFuture.allOf(sent.toArray(CompletableFuture[]::new))
        .thenApply(
            done ->
                new PayloadLocation(
                    payload.kind(),
                    topic.name(),
                    partition,
                    sent.stream().map(f -> f.join().offset()).toList(),
                    (long) payload.bytes().length,
                    payload.crc32c(),
                    payload.sha256()));
  }

  private Receipt receipt(
      DecodedView view, List<CompletableFuture<PayloadLocation>> locations, long attemptId) {
    return new Receipt(
        view.view().getViewId(),
        teacherId,
        worker,
        attemptId,
        view.view().getPixelsSha256(),
        locations.stream().map(CompletableFuture::join).toList(),
        System.currentTimeMillis());
  }

  private <V> CompletableFuture<RecordMetadata> send(
      Topic<String, V> topic, byte[] key, Integer partition, V value) {
    CompletableFuture<RecordMetadata> sent = new CompletableFuture<>();
    producer.send(
        new ProducerRecord<>(
            topic.name(),
            partition,
            key,
            topic.value().serializer().serialize(topic.name(), value)),
        (metadata, e) -> {
          if (e == null) {
            sent.complete(metadata);
          } else {
            sent.completeExceptionally(e);
          }
        });
    return sent;
  }

  /** What the broker may do better next time is tried again; a refusal ends the worker. */
  private void failed(DecodedView view, Throwable e) {
    Throwable cause = e;
    while (cause instanceof java.util.concurrent.CompletionException && cause.getCause() != null) {
      cause = cause.getCause();
    }
    if (cause instanceof RetriableException) {
      verdicts.failed(view.delivery(), cause);
    } else {
      state.fail(cause);
    }
  }

  @Override
  public void close() {
    receiptThread.shutdownNow();
  }
}
