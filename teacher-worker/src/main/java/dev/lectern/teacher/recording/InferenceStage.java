package dev.lectern.teacher.recording;

import dev.lectern.schemas.status.TeacherWait;
import dev.lectern.teacher.model.InferenceException;
import dev.lectern.teacher.model.Teacher;
import dev.lectern.teacher.model.TeacherOutputs;
import dev.lectern.teacher.recording.WorkerMetrics.Part;
import java.nio.FloatBuffer;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;

/**
 * Third stage: the only thread that runs the teacher. A batch that fails is run again view by view,
 * so that one view does not take its neighbours with it.
 */
final class InferenceStage extends Stage<Batch> {
  /** One being written, two being encoded. */
  private static final int BUFFERS = 3;

  private static final long POLL_MS = 100;

  private final Teacher teacher;
  private final Stage<EncodeTask> next;
  private final Verdicts verdicts;
  private final WorkerState state;
  private final WorkerMetrics metrics;
  private final BlockingQueue<TeacherOutputs> free = new ArrayBlockingQueue<>(BUFFERS);

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
