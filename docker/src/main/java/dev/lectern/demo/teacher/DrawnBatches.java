package dev.lectern.demo.teacher;

import dev.lectern.demo.draw.DrawnDataset;
import dev.lectern.detector.DetectorSpec;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;

/** Batches of fresh pictures, drawn ahead beside the training step; in order. */
final class DrawnBatches implements AutoCloseable {
  private static final int AHEAD = 6;

  private final DrawnDataset dataset;
  private final int batchSize;
  private final DetectorSpec.Input input;
  private final ExecutorService artist =
      Executors.newSingleThreadExecutor(
          work -> {
            Thread thread = new Thread(work, "demo-artist");
            thread.setDaemon(true);
            return thread;
          });
  private final BlockingQueue<Future<DrawnBatch>> drawn = new LinkedBlockingQueue<>();
  private int next;

  DrawnBatches(DrawnDataset dataset, int batchSize, DetectorSpec.Input input) {
    this.dataset = dataset;
    this.batchSize = batchSize;
    this.input = input;
    for (int i = 0; i < AHEAD; i++) {
      order();
    }
  }

  private void order() {
    int from = next;
    next += batchSize;
    if (next <= dataset.count()) {
      drawn.add(artist.submit(() -> DrawnBatch.of(dataset, from, from + batchSize, input)));
    }
  }

  /** The next batch; there are count / batchSize of them. */
  DrawnBatch take() throws InterruptedException {
    order();
    try {
      return drawn.remove().get();
    } catch (ExecutionException e) {
      throw new IllegalStateException("a picture could not be drawn", e.getCause());
    }
  }

  @Override
  public void close() {
    artist.shutdownNow();
  }
}
