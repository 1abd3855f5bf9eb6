package dev.lectern.producer.publish;

import dev.lectern.schemas.log.BrokerWait;
import dev.lectern.schemas.log.TopicWriter;
import dev.lectern.schemas.record.CatalogEntry;
import dev.lectern.schemas.record.View;
import dev.lectern.schemas.topic.Topic;
import dev.lectern.schemas.topic.Topics;
import java.time.Duration;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.KafkaException;

/**
 * Writes views and commits each with its catalog entry.
 *
 * <p>The catalog entry is sent after the broker acknowledged the view (all in-sync replicas), so an
 * entry never points at a view that could be lost. Many views are in flight at once, within the
 * budget. Catalog entries are sent by a thread of their own: the client's own thread, which runs
 * the acknowledgements, must not wait for room in the client's buffer.
 *
 * <p>Safe for use by several threads.
 */
final class ViewWriter implements AutoCloseable {
  private final Topic<String, View> views;
  private final Topic<String, CatalogEntry> catalog;
  private final TopicWriter writer;
  private final ByteBudget inFlight;
  private final ProducerMeters meters;
  private final Consumer<CatalogEntry> committed;
  private final ExecutorService committer;
  private final AtomicReference<RuntimeException> failure = new AtomicReference<>();

  /**
   * @param committed receives every committed view, on the client's thread
   */
  ViewWriter(
      String dataset,
      ClientSettings settings,
      BrokerWait broker,
      ByteBudget inFlight,
      ProducerMeters meters,
      Consumer<CatalogEntry> committed) {
    this.views = Topics.views(dataset);
    this.catalog = Topics.catalog(dataset);
    this.writer = new TopicWriter(settings.given(), broker);
    this.inFlight = inFlight;
    this.meters = meters;
    this.committed = committed;
    this.committer =
        Executors.newSingleThreadExecutor(
            task -> new Thread(task, "lectern-publish-commit-" + dataset));
  }

  /**
   * Sends a view; it is committed later. Waits while the budget is used up.
   *
   * @param pixelBytes size of its encoded pixels
   */
  void write(View view, long pixelBytes) {
    inFlight.take(pixelBytes);
    long start = System.nanoTime();
    try {
      writer
          .send(views, view.getViewId(), view)
          .whenComplete(
              (metadata, error) -> {
                if (error == null) {
                  commitLater(entry(view, metadata, pixelBytes), start);
                } else {
                  fail("view " + view.getViewId() + " to topic " + views.name(), error);
                  inFlight.give(pixelBytes);
                }
              });
    } catch (RuntimeException e) {
      fail("view " + view.getViewId() + " to topic " + views.name(), e);
      inFlight.give(pixelBytes);
    }
  }

  /** Waits until every view is committed, or one has failed. */
  void drain() {
    inFlight.awaitUnusedOr(this::failed);
  }

  /** Whether something could not be written; no more views should follow. */
  boolean failed() {
    return failure.get() != null;
  }

  /**
   * @throws KafkaException the first thing that could not be written
   */
  void check() {
    RuntimeException first = failure.get();
    if (first != null) {
      throw first;
    }
  }

  /** Ends at once if something failed; else everything must have been drained. */
  @Override
  public void close() {
    committer.shutdown();
    writer.close(failed() ? Duration.ZERO : Duration.ofSeconds(30));
    boolean interrupted = Thread.interrupted();
    try {
      committer.awaitTermination(30, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      interrupted = true;
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  private void commitLater(CatalogEntry entry, long start) {
    try {
      committer.execute(() -> commit(entry, start));
    } catch (RejectedExecutionException e) {
      fail("catalog entry " + entry.getViewId() + " to topic " + catalog.name(), e);
      inFlight.give(entry.getPixelBytes());
    }
  }

  private void commit(CatalogEntry entry, long start) {
    String what = "catalog entry " + entry.getViewId() + " to topic " + catalog.name();
    try {
      writer
          .send(catalog, entry.getViewId(), entry)
          .whenComplete(
              (metadata, error) -> {
                if (error == null) {
                  meters.commit.record(System.nanoTime() - start, TimeUnit.NANOSECONDS);
                  meters.committed(entry.getPixelBytes());
                  committed.accept(entry);
                } else {
                  fail(what, error);
                }
                inFlight.give(entry.getPixelBytes());
              });
    } catch (RuntimeException e) {
      fail(what, e);
      inFlight.give(entry.getPixelBytes());
    }
  }

  private void fail(String what, Throwable cause) {
    failure.compareAndSet(
        null, new KafkaException(what + " cannot be written: " + cause.getMessage(), cause));
    inFlight.wake();
  }

  private static CatalogEntry entry(View view, RecordMetadata metadata, long pixelBytes) {
    return CatalogEntry.newBuilder()
        .setViewId(view.getViewId())
        .setImageId(view.getImageId())
        .setViewNumber(view.getViewNumber())
        .setSplit(view.getSplit())
        .setWidth(view.getWidth())
        .setHeight(view.getHeight())
        .setPartition(metadata.partition())
        .setOffset(metadata.offset())
        .setPixelBytes(pixelBytes)
        .setPixelsSha256(view.getPixelsSha256().duplicate())
        .setLabelMapSha256(view.getLabelMapSha256().duplicate())
        .build();
  }
}
