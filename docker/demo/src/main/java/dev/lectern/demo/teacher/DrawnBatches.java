package dev.lectern.demo.teacher;

import dev.lectern.trainer.replay.Batches;
import dev.lectern.trainer.replay.ReplayBatch;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;

/** Batches of freshly drawn pictures, a few drawn ahead beside the training step. */
final class DrawnBatches implements Batches {
  private static final int AHEAD = 4;

  private final DrawnViews views;
  private final Deque<List<String>> steps;
  private final ExecutorService artist;
  private final Deque<Future<ReplayBatch>> drawn = new ArrayDeque<>();

  /**
   * @param steps ids of the views of each batch
   * @param artist the thread that draws; stays the caller's
   */
  DrawnBatches(DrawnViews views, List<List<String>> steps, ExecutorService artist) {
    this.views = views;
    this.steps = new ArrayDeque<>(steps);
    this.artist = artist;
  }

  @Override
  public ReplayBatch next() throws InterruptedException {
    while (drawn.size() < AHEAD && !steps.isEmpty()) {
      List<String> step = steps.remove();
      drawn.add(artist.submit(() -> views.draw(step)));
    }
    if (drawn.isEmpty()) {
      return null;
    }
    try {
      return drawn.remove().get();
    } catch (ExecutionException e) {
      throw new IllegalStateException("a picture could not be drawn", e.getCause());
    }
  }

  @Override
  public void close() {
    steps.clear();
    drawn.forEach(batch -> batch.cancel(true));
  }
}
