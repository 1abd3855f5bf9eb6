package dev.lectern.teacher.recording;

import dev.lectern.schemas.status.TeacherWait;
import dev.lectern.teacher.model.InferenceException;
import dev.lectern.teacher.model.Teacher;
import dev.lectern.teacher.model.TeacherOutputs;
import dev.lectern.teacher.recording.WorkerMetrics.Part;
import java.nio.FloatBuffer;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Third stage: the only thread that runs the teacher. A batch that fails is run again view by view,
 * so that one view does not take its neighbours with it.
 */
final class InferenceStage extends Stage<Batch> {
  /** One being written, two being encoded. */
  private static final int BUFFERS = 3;

  private static final long POLL_MS = 100;
  private static final Logger LOG = LoggerFactory.getLogger(InferenceStage.class);

  /** A batch that takes longer is worth a line. */
  private static final Duration LONG = Duration.ofSeconds(30);

  private final Teacher teacher;
  private final Stage<EncodeTask> next;
  private final Verdicts verdicts;
  private final WorkerState state;
  private final WorkerMetrics metrics;
  private final BlockingQueue<TeacherOutputs> free = new ArrayBlockingQueue<>(BUFFERS);
  private volatile Running running;
  private Running reported;
  private volatile boolean stuck;

  /** Views with the model, and since when. */
  private record Running(List<DecodedView> views, long sinceNanos) {
    @Override
    public String toString() {
      String first = views.get(0).view().getViewId();
      return views.size() == 1
          ? "view " + first
          : views.size() + " views (" + first + " and others)";
    }
  }

  InferenceStage(
      Teacher teacher,
      Stage<EncodeTask> next,
      Verdicts verdicts,
      WorkerState state,
      WorkerMetrics metrics) {
    super("inference", 1, new ArrayBlockingQueue<>(1), state);
    this.teacher = teacher;
    this.next = next;
    this.verdicts = verdicts;
    this.state = state;
    this.metrics = metrics;
    for (int i = 0; i < BUFFERS; i++) {
      free.add(new TeacherOutputs(teacher.tensors(), teacher.batchSize()));
    }
  }

  @Override
  boolean work(BlockingQueue<Batch> queue) throws InterruptedException {
    metrics.inference().beat();
    Batch batch = nextBatch(queue);
    if (batch != null) {
      try {
        infer(batch.views(), batch.input());
      } finally {
        batch.done().run();
      }
    }
    return !state.hasFailed();
  }

  /**
   * Looks after the model from another thread: says once when it takes long for a batch, and fails
   * the worker after a limit, so that its views go to another one.
   */
  void watch(Duration limit) {
    Running now = running;
    if (now == null) {
      return;
    }
    Duration since = Duration.ofNanos(System.nanoTime() - now.sinceNanos());
    if (since.compareTo(limit) >= 0) {
      stuck = true;
      state.fail(
          new InferenceException(
              "the model has been at "
                  + now
                  + " for "
                  + since.toSeconds()
                  + " s; its views are given back to the queue (limit: inference-seconds "
                  + limit.toSeconds()
                  + ")",
              null));
    } else if (since.compareTo(LONG) >= 0 && now != reported) {
      reported = now;
      LOG.warn(
          "the model has been at {} for {} s; their locks are renewed, and given back after {} s",
          now,
          since.toSeconds(),
          limit.toSeconds());
    }
  }

  /** Whether the worker failed because the model did not come back. */
  boolean isStuck() {
    return stuck;
  }

  @Override
  void ended() {
    metrics.inference().rest();
  }

  /** Null if there is none for a while. */
  private Batch nextBatch(BlockingQueue<Batch> queue) throws InterruptedException {
    long start = System.nanoTime();
    TeacherWait why = metrics.inFlight().whyNoBatch();
    Batch batch = queue.poll(POLL_MS, TimeUnit.MILLISECONDS);
    metrics.waited(why, start);
    return batch;
  }

  private TeacherOutputs freeOutputs() throws InterruptedException {
    TeacherOutputs outputs = null;
    while (outputs == null) {
      metrics.inference().beat();
      long start = System.nanoTime();
      TeacherWait why = metrics.inFlight().whyNoBuffer();
      outputs = free.poll(POLL_MS, TimeUnit.MILLISECONDS);
      metrics.waited(why, start);
    }
    return outputs;
  }

  private void infer(List<DecodedView> views, FloatBuffer input) throws InterruptedException {
    TeacherOutputs outputs = freeOutputs();
    running = new Running(views, System.nanoTime());
    try {
      metrics.timed(Part.INFERENCE, () -> teacher.infer(input, outputs));
    } catch (InferenceException e) {
      free.add(outputs);
      if (views.size() == 1) {
        verdicts.failed(views.get(0).delivery(), e);
      } else {
        oneByOne(views, input);
      }
      return;
    } finally {
      running = null;
    }
    OutputLease lease = new OutputLease(outputs, views.size(), free);
    for (int slot = 0; slot < views.size(); slot++) {
      next.put(new EncodeTask(views.get(slot), slot, lease));
    }
  }

  private void oneByOne(List<DecodedView> views, FloatBuffer input) throws InterruptedException {
    FloatBuffer alone = TeacherOutputs.floats(input.capacity());
    for (int slot = 0; slot < views.size(); slot++) {
      alone.put(0, input, slot * teacher.inputSize(), teacher.inputSize());
      infer(List.of(views.get(slot)), alone);
    }
  }
}
