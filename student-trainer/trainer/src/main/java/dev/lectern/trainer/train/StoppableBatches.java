package dev.lectern.trainer.train;

import dev.lectern.trainer.replay.Batches;
import dev.lectern.trainer.replay.ReplayBatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/**
 * Batches that a thread of its own opens and waits for, so that a stop need not. One thread at a
 * time.
 */
final class StoppableBatches implements Batches {
  private final Supplier<Batches> source;
  private final RunState run;

  /** Null until the first is asked for; of the thread alone. */
  private Batches batches;

  private final ExecutorService thread =
      Executors.newSingleThreadExecutor(
          work -> {
            Thread made = new Thread(work, "lectern-batches");
            made.setDaemon(true);
            return made;
          });

  /**
   * @param source opens what is closed with this
   */
  StoppableBatches(Supplier<Batches> source, RunState run) {
    this.source = source;
    this.run = run;
  }

  /**
   * @throws StoppedWaitingException if the run is stopping and no batch comes
   */
  @Override
  public ReplayBatch next() throws InterruptedException {
    try {
      return run.await(thread.submit(this::read));
    } catch (ExecutionException e) {
      if (e.getCause() instanceof RuntimeException cause) {
        throw cause;
      }
      throw new IllegalStateException("a batch could not be made", e.getCause());
    }
  }

  private ReplayBatch read() throws InterruptedException {
    if (batches == null) {
      batches = source.get();
    }
    return batches.next();
  }

  @Override
  public void close() {
    thread.shutdownNow();
    Closing.within(Closing.SHORT, this::closeWhenLeft);
  }

  /** The thread that waits may still be inside: batches are for one thread at a time. */
  private void closeWhenLeft() {
    try {
      if (thread.awaitTermination(1, TimeUnit.MINUTES) && batches != null) {
        batches.close();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
