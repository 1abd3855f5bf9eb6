package dev.lectern.teacher.recording;

import dev.lectern.schemas.config.OneLine;
import dev.lectern.schemas.log.TopicWriter;
import dev.lectern.schemas.progress.Progress;
import dev.lectern.schemas.record.DeadLetter;
import dev.lectern.schemas.serde.CorruptRecordException;
import dev.lectern.schemas.serde.SchemaRegistryException;
import dev.lectern.schemas.topic.Topic;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Decides what becomes of a view ({@link Verdict}) and reports it. A view is dead-lettered only
 * after the broker has acknowledged its dead letter.
 */
final class Verdicts implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Verdicts.class);
  private static final long FIRST_PAUSE_MS = 100;
  private static final long MAX_PAUSE_MS = 2_000;
  private static final int MAX_STACK_CHARS = 16_384;
  private static final int MAX_CAUSE_CHARS = 1_000;

  private final TopicWriter writer;
  private final Topic<String, DeadLetter> topic;
  private final FleetGroup group;
  private final String worker;
  private final WorkerState state;
  private final WorkerMetrics metrics;
  private final Progress progress;
  private final RepeatedFailure repeated;
  private final ScheduledExecutorService pauses;

  Verdicts(
      TopicWriter writer,
      Topic<String, DeadLetter> topic,
      FleetGroup group,
      String worker,
      WorkerState state,
      WorkerMetrics metrics,
      Progress progress,
      RepeatedFailure repeated) {
    this.writer = writer;
    this.topic = topic;
    this.group = group;
    this.worker = worker;
    this.state = state;
    this.metrics = metrics;
    this.progress = progress;
    this.repeated = repeated;
    this.pauses = Executors.newSingleThreadScheduledExecutor(new StageThreads("pause", state));
  }

  /** Settles a view whose receipt is on the log. */
  void recorded(Delivery delivery, long publishNanos) {
    metrics.recorded(publishNanos);
    repeated.recorded();
    progress.advance(1);
    delivery.settle(Verdict.RECORDED);
  }

  /** Settles a view that was not begun: another worker takes it. */
  void release(Delivery delivery) {
    metrics.released();
    delivery.settle(Verdict.RELEASED);
  }

  /** Dead-letters a view that too many workers had without an outcome; false for any other. */
  boolean exhausted(Delivery delivery) {
    if (!group.exhausted(delivery.attempts())) {
      return false;
    }
    unrecordable(
        delivery,
        new IllegalStateException(
            "delivered "
                + (delivery.attempts() - 1)
                + " times without an outcome: the workers that had it died or took too long"));
    return true;
  }

  /**
   * Settles a view whose try failed: released after a pause, or dead-lettered after the last try.
   */
  void failed(Delivery delivery, Throwable cause) {
    if (cause instanceof Error || cause instanceof SchemaRegistryException) {
      state.fail(cause);
    } else if (group.lastChance(delivery.attempts())) {
      unrecordable(delivery, cause);
    } else {
      LOG.warn(
          "view will be tried again record={} attempts={} cause={}",
          delivery.coordinates(),
          delivery.attempts(),
          OneLine.of(cause, MAX_CAUSE_CHARS));
      long pause = Math.min(MAX_PAUSE_MS, FIRST_PAUSE_MS << Math.min(delivery.attempts() - 1, 10));
      pauses.schedule(
          () -> release(delivery), state.isDraining() ? 0 : pause, TimeUnit.MILLISECONDS);
    }
  }

  /** Dead-letters a view: not retryable. */
  void unrecordable(Delivery delivery, Throwable cause) {
    String viewId = delivery.viewId();
    LOG.warn(
        "dead letter record={} cause={}",
        delivery.coordinates(),
        OneLine.of(cause, MAX_CAUSE_CHARS));
    DeadLetter letter =
        new DeadLetter(
            viewId,
            delivery.record().topic(),
            delivery.record().partition(),
            delivery.record().offset(),
            OneLine.of(cause, MAX_CAUSE_CHARS),
            stack(cause),
            delivery.attempts(),
            worker,
            System.currentTimeMillis());
    String key = viewId == null ? delivery.coordinates() : viewId;
    writer
        .send(topic, key, letter)
        .whenComplete(
            (metadata, e) -> {
              if (e != null) {
                state.fail(e);
              } else {
                metrics.deadLettered();
                if (!(cause instanceof CorruptRecordException)) {
                  progress.advance(1); // What does not decode need not be a view.
                }
                progress.note(metrics.deadLetters() + " dead letters");
                delivery.settle(Verdict.DEAD_LETTERED);
                repeated.deadLettered(viewId, letter.getCause());
              }
            });
  }

  private static String stack(Throwable cause) {
    StringWriter text = new StringWriter();
    cause.printStackTrace(new PrintWriter(text));
    String stack = text.toString();
    return stack.length() <= MAX_STACK_CHARS ? stack : stack.substring(0, MAX_STACK_CHARS);
  }

  @Override
  public void close() {
    pauses.shutdownNow();
  }
}
