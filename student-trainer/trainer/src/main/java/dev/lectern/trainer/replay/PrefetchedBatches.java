package dev.lectern.trainer.replay;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;

/**
 * Batches that are read and decoded by other threads while earlier ones are used, at most so many
 * ahead, handed out in the order of the plan.
 */
final class PrefetchedBatches implements Batches {
  private final List<List<List<PartLocation>>> steps;
  private final int epoch;
  private final int ahead;
  private final PartSource source;
  private final BatchDecoder decoder;
  private final Executor threads;
  private final Queue<CompletableFuture<ReplayBatch>> running = new ArrayDeque<>();
  private int nextStep;
  private long waitedNanos;

  /**
   * @param steps per step, per view, the parts to decode; the view itself comes first
   * @param ahead most batches in the making, at least 1
   */
  PrefetchedBatches(
      List<List<List<PartLocation>>> steps,
      int epoch,
      int ahead,
      PartSource source,
      BatchDecoder decoder,
      Executor threads) {
    this.steps = steps;
    this.epoch = epoch;
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
    long start = System.nanoTime();
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
      waitedNanos += System.nanoTime() - start;
      startMore();
    }
  }

  @Override
  public Duration waited() {
    return Duration.ofNanos(waitedNanos);
  }

  private void startMore() {
    while (running.size() < ahead && nextStep < steps.size()) {
      running.add(start(steps.get(nextStep++)));
    }
  }

  private CompletableFuture<ReplayBatch> start(List<List<PartLocation>> views) {
    return CompletableFuture.supplyAsync(() -> load(views), threads)
        .thenCompose(
            bytes -> {
              BatchDecoder.Frame frame = decoder.frame(views.size(), epoch);
              List<CompletableFuture<Void>> samples = new ArrayList<>();
              for (int i = 0; i < views.size(); i++) {
                int index = i;
                samples.add(
                    CompletableFuture.runAsync(
                        () -> frame.decode(index, views.get(index), bytes.get(index)), threads));
              }
              return CompletableFuture.allOf(samples.toArray(CompletableFuture[]::new))
                  .handle(
                      (done, failure) -> {
                        if (failure != null) {
                          frame.release();
                          throw new CompletionException(
                              failure instanceof CompletionException
                                  ? failure.getCause()
                                  : failure);
                        }
                        return frame.finish();
                      });
            });
  }

  private List<List<ByteBuffer>> load(List<List<PartLocation>> views) {
    Map<PartLocation, ByteBuffer> bytes =
        source.read(views.stream().flatMap(List::stream).toList());
    return views.stream().map(parts -> parts.stream().map(bytes::get).toList()).toList();
  }

  /** Waits for what is being decoded and gives it back. */
  @Override
  public void close() {
    nextStep = steps.size();
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
