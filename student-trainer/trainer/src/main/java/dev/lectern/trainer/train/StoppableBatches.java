package dev.lectern.trainer.train;

import dev.lectern.trainer.replay.Batches;
import dev.lectern.trainer.replay.ReplayBatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;

/** Batches that a thread of its own waits for, so that a stop need not. One thread at a time. */
final class StoppableBatches implements Batches {
  private final Batches batches;
  private final RunState run;
  private final ExecutorService thread =
      Executors.newSingleThreadExecutor(
          work -> {
            Thread made = new Thread(work, "lectern-batches");
            made.setDaemon(true);
            return made;
          });

  /**
   * @param batches closed with this
   */
  StoppableBatches(Batches batches, RunState run) {
    this.batches = batches;
    this.run = run;
  }

  /**
   * @throws StoppedWaitingException if the run is stopping and no batch comes
   */
  @Override
  public ReplayBatch next() throws InterruptedException {
    try {
      return run.await(thread.submit(batches::next));
    } catch (ExecutionException e) {
      if (e.getCause() instanceof RuntimeException cause) {
        throw cause;
      }
      throw new IllegalStateException("a batch could not be made", e.getCause());
    }
  }

  @Override
  public void close() {
    thread.shutdownNow();
    Closing.within(Closing.SHORT, this::closeWhenLeft);
  }

  /** The thread that waits may still be inside: batches are for one thread at a time. */
  private void closeWhenLeft() {
    try {
      if (thread.awaitTermination(1, TimeUnit.MINUTES)) {
        batches.close();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
