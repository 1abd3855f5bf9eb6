package dev.lectern.teacher.recording;

import dev.lectern.schemas.log.PayloadChunks;
import dev.lectern.schemas.log.TopicWriter;
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
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.errors.RetriableException;

/**
 * Last stage: payloads, their acknowledgements, the receipt, its acknowledgement; then the view is
 * recorded. Sending waits while too many bytes are unacknowledged, and so blocks the stages before.
 */
final class PayloadPublisher implements AutoCloseable {
  private final TopicWriter writer;
  private final Topic<String, Receipt> receipts;
  private final Map<TensorKind, Topic<String, TeacherTensors>> topics =
      new EnumMap<>(TensorKind.class);
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
      TopicWriter writer,
      String recording,
      Iterable<TensorKind> kinds,
      String teacherId,
      String worker,
      Verdicts verdicts,
      WorkerState state,
      WorkerMetrics metrics) {
    this.writer = writer;
    this.receipts = Topics.receipts(recording);
    kinds.forEach(kind -> topics.put(kind, Topics.tensors(recording, kind)));
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
    metrics.inFlight().publishing.incrementAndGet();
    List<CompletableFuture<PayloadLocation>> locations = sendAll(view, payloads, attemptId);
    metrics.sent(WorkerMetrics.cpuNow() - cpuStart);
    CompletableFuture.allOf(locations.toArray(CompletableFuture[]::new))
        .thenApplyAsync(done -> receipt(view, locations, attemptId), receiptThread)
        .thenCompose(receipt -> writer.send(receipts, receipt.getViewId(), receipt))
        .whenComplete(
            (metadata, e) -> {
              metrics.inFlight().publishing.decrementAndGet();
              if (e == null) {
                payloads.forEach(p -> metrics.published(p.kind(), p.bytes().length));
                verdicts.recorded(view.delivery(), System.nanoTime() - start);
              } else {
                failed(view, e);
              }
            });
  }

  private List<CompletableFuture<PayloadLocation>> sendAll(
      DecodedView view, List<Payload> payloads, long attemptId) {
    metrics.inFlight().senders.incrementAndGet();
    try {
      return payloads.stream().map(payload -> send(view, payload, attemptId)).toList();
    } catch (RuntimeException e) {
      metrics.inFlight().publishing.decrementAndGet();
      throw e;
    } finally {
      metrics.inFlight().senders.decrementAndGet();
    }
  }

  private CompletableFuture<PayloadLocation> send(
      DecodedView view, Payload payload, long attemptId) {
    Topic<String, TeacherTensors> topic = topics.get(payload.kind());
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
        PayloadChunks.of(whole).stream()
            .map(chunk -> writer.send(topic, whole.getViewId(), chunk))
            .toList();
    return CompletableFuture.allOf(sent.toArray(CompletableFuture[]::new))
        .thenApply(
            done ->
                new PayloadLocation(
                    payload.kind(),
                    topic.name(),
                    sent.get(0).join().partition(),
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
