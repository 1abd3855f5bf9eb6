package dev.lectern.trainer.replay;

import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;

/**
 * Batches that are read and decoded by other threads while earlier ones are used, at most so many
 * ahead, handed out in the order of the plan. A thread that waits for a batch decodes what is
 * stored and not yet begun, instead of being woken for every batch.
 */
final class PrefetchedBatches implements Batches {
  private final Iterator<List<List<PartLocation>>> steps;
  private final int epoch;
  private final int batchSize;
  private final int ahead;
  private final PartSource source;
  private final BatchDecoder decoder;
  private final Executor threads;
  private final Queue<Making> running = new ArrayDeque<>();
  private volatile boolean closed;

  /**
   * @param steps per step, per view, the parts to decode; the view itself comes first
   * @param batchSize most views of a step
   * @param ahead max batches being decoded, at least 1
   */
  PrefetchedBatches(
      Iterator<List<List<PartLocation>>> steps,
      int epoch,
      int batchSize,
      int ahead,
      PartSource source,
      BatchDecoder decoder,
      Executor threads) {
    this.steps = steps;
    this.epoch = epoch;
    this.batchSize = batchSize;
    this.ahead = ahead;
    this.source = source;
    this.decoder = decoder;
    this.threads = threads;
    startMore();
  }

  @Override
  public ReplayBatch next() throws InterruptedException {
    startMore();
    Making head = running.peek();
    if (head == null) {
      return null;
    }
    try {
      helpUntilDone(head.batch);
      ReplayBatch batch = head.batch.get();
      running.remove();
      return batch;
    } catch (ExecutionException e) {
      running.remove();
      if (e.getCause() instanceof RuntimeException cause) {
        throw cause;
      }
      throw new IllegalStateException("a batch could not be decoded", e.getCause());
    } finally {
      startMore();
    }
  }

  private void startMore() {
    while (!closed && running.size() < ahead && steps.hasNext()) {
      Making making = new Making(steps.next());
      running.add(making);
      making.samples.forEach(threads::execute);
    }
  }

  /** Decodes what no thread has begun, of this batch first and then of later ones. */
  private void helpUntilDone(CompletableFuture<ReplayBatch> batch) {
    for (Making making : running) {
      for (Sample sample : making.samples) {
        if (batch.isDone()) {
          return;
        }
        sample.help();
      }
    }
  }

  /** A batch whose memory is taken when its first view is decoded: what is used last stays warm. */
  private final class Making {
    private final List<Sample> samples = new ArrayList<>();
    private final CompletableFuture<ReplayBatch> batch;
    private BatchDecoder.Frame frame;

    Making(List<List<PartLocation>> views) {
      for (int i = 0; i < views.size(); i++) {
        samples.add(new Sample(this, i, views.get(i)));
      }
      batch =
          CompletableFuture.allOf(
                  samples.stream().map(sample -> sample.done).toArray(CompletableFuture[]::new))
              .handle(this::finish);
    }

    private ReplayBatch finish(Void done, Throwable failure) {
      if (failure != null) {
        release();
        throw new CompletionException(
            failure instanceof CompletionException ? failure.getCause() : failure);
      }
      return frame().finish();
    }

    synchronized BatchDecoder.Frame frame() {
      if (frame == null) {
        frame = decoder.frame(samples.size(), batchSize, epoch);
      }
      return frame;
    }

    /** Gives the memory back, if any was taken. */
    synchronized void release() {
      if (frame != null) {
        frame.release();
      }
    }
  }

  /**
   * A view of a batch. It is read and decoded in one go: what came from the log is held for one
   * view a thread only.
   */
  private final class Sample implements Runnable {
    private final Making making;
    private final int index;
    private final List<PartLocation> parts;
    private final CompletableFuture<Void> done = new CompletableFuture<>();
    private final AtomicBoolean begun = new AtomicBoolean();

    Sample(Making making, int index, List<PartLocation> parts) {
      this.making = making;
      this.index = index;
      this.parts = parts;
    }

    @Override
    public void run() {
      if (begun.compareAndSet(false, true)) {
        complete(() -> source.read(parts));
      }
    }

    /** Decodes it unless it was begun. What must come from the log is left to the threads. */
    void help() {
      if (begun.get()) {
        return;
      }
      List<ByteBuffer> stored = source.readStored(parts);
      if (stored != null && begun.compareAndSet(false, true)) {
        complete(() -> stored);
      }
    }

    private void complete(Supplier<List<ByteBuffer>> reading) {
      try {
        if (closed) {
          throw new CancellationException("the batch is no longer wanted");
        }
        List<ByteBuffer> bytes = reading.get();
        source
            .clock()
            .time(
                StageClock.Stage.DECODE,
                () -> {
                  making.frame().decode(index, parts, bytes);
                  return null;
                });
        done.complete(null);
      } catch (RuntimeException | Error e) {
        done.completeExceptionally(e);
      }
    }
  }

  /** Waits for the views that are being decoded, begins no others, and gives all back. */
  @Override
  public void close() {
    closed = true;
    for (Making making : running) {
      making
          .batch
          .handle(
              (done, failure) -> {
                if (done != null) {
                  done.close();
                }
                return null;
              })
          .join();
    }
    running.clear();
  }
}
