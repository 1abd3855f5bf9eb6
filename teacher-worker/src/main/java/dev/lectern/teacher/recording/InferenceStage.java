package dev.lectern.teacher.recording;

import dev.lectern.teacher.model.InferenceException;
import dev.lectern.teacher.model.Teacher;
import dev.lectern.teacher.model.TeacherOutputs;
import dev.lectern.teacher.recording.WorkerMetrics.Stage;
import dev.lectern.teacher.recording.WorkerMetrics.Wait;
import java.nio.FloatBuffer;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;

/**
 * Third stage: the only thread that runs the teacher. A batch that fails is run again view by view,
 * so that one view does not take its neighbours with it.
 */
final class InferenceStage implements Runnable {
  /** One being written, two being encoded. */
  private static final int BUFFERS = 3;

  private static final long LOOK_AROUND_MS = 100;

  private final Teacher teacher;
  private final BatchStage batches;
  private final EncodeStage next;
  private final Verdicts verdicts;
  private final WorkerState state;
  private final WorkerMetrics metrics;
  private final BlockingQueue<TeacherOutputs> free = new ArrayBlockingQueue<>(BUFFERS);

  InferenceStage(
      Teacher teacher,
      BatchStage batches,
      EncodeStage next,
      Verdicts verdicts,
      WorkerState state,
      WorkerMetrics metrics) {
    this.teacher = teacher;
    this.batches = batches;
    this.next = next;
    this.verdicts = verdicts;
    this.state = state;
    this.metrics = metrics;
    for (int i = 0; i < BUFFERS; i++) {
      free.add(new TeacherOutputs(teacher.tensors(), teacher.batchSize()));
    }
  }

  @Override
  public void run() {
    try {
      while (!state.hasFailed()) {
        metrics.inference().give();
        Batch batch = nextBatch();
        if (batch != null) {
          try {
            infer(batch.views(), batch.input());
          } finally {
            batches.done(batch);
          }
        }
      }
    } catch (InterruptedException e) {
      // The worker has ended: its last act is to interrupt the stages.
      Thread.currentThread().interrupt();
    } finally {
      metrics.inference().rest();
    }
  }

  private Batch nextBatch() throws InterruptedException {
    long start = System.nanoTime();
    Wait why = metrics.underWay().whyNoBatch();
    Batch batch = batches.take();
    metrics.waited(why, start);
    return batch;
  }

  private TeacherOutputs freeOutputs() throws InterruptedException {
    TeacherOutputs outputs = null;
    while (outputs == null) {
      metrics.inference().give();
      long start = System.nanoTime();
      Wait why = metrics.underWay().whyNoBuffer();
      outputs = free.poll(LOOK_AROUND_MS, TimeUnit.MILLISECONDS);
      metrics.waited(why, start);
    }
    return outputs;
  }

  private void infer(List<DecodedView> views, FloatBuffer input) throws InterruptedException {
    TeacherOutputs outputs = freeOutputs();
    try {
      metrics.timed(Stage.INFERENCE, () -> teacher.infer(input, outputs));
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
      next.submit(views.get(slot), slot, lease);
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
