package dev.lectern.trainer.replay;

import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Iterator;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;

/**
 * Batches that are read and decoded by other threads while earlier ones are used, at most so many
 * ahead, handed out in the order of the plan.
 */
final class PrefetchedBatches implements Batches {
  private final Iterator<List<List<PartLocation>>> steps;
  private final int epoch;
  private final int batchSize;
  private final int ahead;
  private final PartSource source;
  private final BatchDecoder decoder;
  private final Executor threads;
  private final Queue<CompletableFuture<ReplayBatch>> running = new ArrayDeque<>();
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
    CompletableFuture<ReplayBatch> head = running.peek();
    if (head == null) {
      return null;
    }
    try {
      ReplayBatch batch = head.get();
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
      running.add(start(steps.next()));
    }
  }

  private CompletableFuture<ReplayBatch> start(List<List<PartLocation>> views) {
    Making making = new Making(views.size());
    CompletableFuture<?>[] samples = new CompletableFuture<?>[views.size()];
    for (int i = 0; i < samples.length; i++) {
      int index = i;
      // Read and decoded in one go: what came from the log is held for one view a thread only.
      samples[i] =
          CompletableFuture.runAsync(() -> decode(making, index, views.get(index)), threads);
    }
    return CompletableFuture.allOf(samples)
        .handle(
            (done, failure) -> {
              if (failure != null) {
                making.release();
                throw new CompletionException(
                    failure instanceof CompletionException ? failure.getCause() : failure);
              }
              return making.frame().finish();
            });
  }

  private void decode(Making making, int index, List<PartLocation> parts) {
    if (closed) {
      throw new CancellationException("the batch is no longer wanted");
    }
    List<ByteBuffer> bytes = source.read(parts);
    source
        .clock()
        .time(
            StageClock.Stage.DECODE,
            () -> {
              making.frame().decode(index, parts, bytes);
              return null;
            });
  }

  /** A batch whose memory is taken when its first view is decoded: what is used last stays warm. */
  private final class Making {
    private final int size;
    private BatchDecoder.Frame frame;

    Making(int size) {
      this.size = size;
    }

    synchronized BatchDecoder.Frame frame() {
      if (frame == null) {
        frame = decoder.frame(size, batchSize, epoch);
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

  /** Waits for the views that are being decoded, begins no others, and gives all back. */
  @Override
  public void close() {
    closed = true;
    for (CompletableFuture<ReplayBatch> batch : running) {
      batch
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
