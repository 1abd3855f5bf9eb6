package dev.lectern.trainer.replay;

import dev.lectern.schemas.config.UserMistakeException;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** The threads and the bounded memory that batches are read and decoded with. */
final class BatchLoader implements AutoCloseable {
  /** The share of memory outside the heap that batches may take, in sixteenths. */
  private static final int SHARE = 12;

  private final ReplayConfig config;
  private final PartSource source;
  private final ExecutorService threads;
  private final BufferPool pool = new BufferPool();

  /**
   * @param source where the bytes come from; closed with this
   */
  BatchLoader(ReplayConfig config, PartSource source) {
    this.config = config;
    this.source = source;
    AtomicInteger number = new AtomicInteger();
    this.threads =
        Executors.newFixedThreadPool(
            config.decodeThreads(),
            work -> {
              Thread thread = new Thread(work, "lectern-decoder-" + number.incrementAndGet());
              thread.setDaemon(true);
              return thread;
            });
  }

  /** What the threads have spent their time on. */
  ReplayTimes times() {
    return source.clock().times();
  }

  /** Where the memory of batches comes from and goes to. */
  BufferPool pool() {
    return pool;
  }

  /**
   * Starts reading and decoding.
   *
   * @param steps per step, per view, the parts to decode; the view itself comes first
   * @param batchSize most views of a step
   * @throws UserMistakeException if two batches do not fit into memory
   */
  Batches load(
      Iterator<List<List<PartLocation>>> steps, int epoch, int batchSize, BatchDecoder decoder) {
    long bytes = Math.max(1, decoder.bytes(batchSize));
    long fitting = DirectMemory.LIMIT / 16 * SHARE / bytes;
    if (fitting < 2) {
      throw new UserMistakeException(
          "batch-size: found "
              + batchSize
              + " views of "
              + (bytes / batchSize >> 20)
              + " MiB each, but two such batches do not fit into the "
              + (DirectMemory.LIMIT >> 20)
              + " MiB outside the heap; take fewer, or raise -XX:MaxDirectMemorySize");
    }
    long ahead = Math.min(config.prefetchBatches(), config.prefetchBytes() / bytes);
    int bounded = (int) Math.max(1, Math.min(ahead, fitting - 1));
    return new PrefetchedBatches(steps, epoch, batchSize, bounded, source, decoder, threads);
  }

  @Override
  public void close() {
    threads.shutdown();
    try {
      threads.awaitTermination(10, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    source.close();
  }
}
