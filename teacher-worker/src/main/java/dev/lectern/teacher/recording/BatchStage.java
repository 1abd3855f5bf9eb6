package dev.lectern.teacher.recording;

import dev.lectern.schemas.view.InputNormalization;
import dev.lectern.teacher.model.Teacher;
import dev.lectern.teacher.model.TeacherOutputs;
import dev.lectern.teacher.recording.WorkerMetrics.Part;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Second stage: gathers views of all lanes into batches and normalises them, while the teacher is
 * busy with the batch before.
 *
 * <p>A batch waits until it is full, except when the teacher is idle and nothing has come for a
 * while.
 */
final class BatchStage extends Stage<DecodedView> {
  /** One with the teacher, one ready for it, one being filled. */
  private static final int BUFFERS = 3;

  private static final long POLL_MS = 5;

  private final BlockingQueue<FloatBuffer> free = new ArrayBlockingQueue<>(BUFFERS);
  private final Stage<Batch> next;
  private final AtomicInteger ahead = new AtomicInteger();
  private final InputNormalization normalization;
  private final int batchSize;
  private final int inputSize;
  private final long waitNanos;
  private final Verdicts verdicts;
  private final WorkerState state;
  private final WorkerMetrics metrics;

  BatchStage(
      Teacher teacher,
      int waitMs,
      Stage<Batch> next,
      Verdicts verdicts,
      WorkerState state,
      WorkerMetrics metrics) {
    super("batch", 1, new LinkedBlockingQueue<>(), state);
    this.next = next;
    this.batchSize = teacher.batchSize();
    this.inputSize = teacher.inputSize();
    this.normalization = InputNormalization.of(teacher.descriptor());
    this.waitNanos = TimeUnit.MILLISECONDS.toNanos(waitMs);
    this.verdicts = verdicts;
    this.state = state;
    this.metrics = metrics;
    for (int i = 0; i < BUFFERS; i++) {
      free.add(TeacherOutputs.floats((long) batchSize * inputSize));
    }
  }

  @Override
  boolean work(BlockingQueue<DecodedView> queue) throws InterruptedException {
    List<DecodedView> views = gather(queue);
    if (state.hasFailed()) {
      views.forEach(v -> verdicts.release(v.delivery()));
    } else if (!views.isEmpty()) {
      FloatBuffer input = free.take();
      metrics.timed(Part.BATCH, () -> fill(views, input));
      metrics.batch(views.size());
      ahead.incrementAndGet();
      next.put(new Batch(views, input, () -> done(input)));
    }
    return true;
  }

  private void done(FloatBuffer input) {
    ahead.decrementAndGet();
    free.add(input);
  }

  /** Up to a batch of views; fewer, or none, when they do not come. */
  private List<DecodedView> gather(BlockingQueue<DecodedView> queue) throws InterruptedException {
    List<DecodedView> views = new ArrayList<>(batchSize);
    long deadline = System.nanoTime() + waitNanos;
    while (views.size() < batchSize) {
      DecodedView next = queue.poll(POLL_MS, TimeUnit.MILLISECONDS);
      if (next != null) {
        if (views.isEmpty()) {
          deadline = System.nanoTime() + waitNanos;
        }
        views.add(next);
      } else if (state.isDraining() || ahead.get() == 0 && System.nanoTime() >= deadline) {
        break;
      }
    }
    return views;
  }

  private void fill(List<DecodedView> views, FloatBuffer input) {
    input.clear();
    for (DecodedView view : views) {
      normalization.write(view.canvas(), input);
    }
    if (input.hasRemaining()) {
      input.put(new float[input.remaining()]);
    }
    input.clear();
  }
}
