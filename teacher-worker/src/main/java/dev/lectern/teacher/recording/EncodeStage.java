package dev.lectern.teacher.recording;

import dev.lectern.schemas.record.View;
import dev.lectern.schemas.tensor.UnstorableValueException;
import dev.lectern.teacher.model.TeacherOutputs;
import dev.lectern.teacher.recording.WorkerMetrics.Stage;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * Fourth stage: from tensors to payloads, all kinds of a view before any is sent, so that a view
 * with a number that cannot be stored leaves nothing behind.
 */
final class EncodeStage implements AutoCloseable {
  private final ViewEncoder encoder;
  private final PayloadPublisher next;
  private final Verdicts verdicts;
  private final WorkerMetrics metrics;
  private final ExecutorService threads;

  EncodeStage(
      ViewEncoder encoder,
      int threads,
      PayloadPublisher next,
      Verdicts verdicts,
      WorkerState state,
      WorkerMetrics metrics) {
    this.encoder = encoder;
    this.next = next;
    this.verdicts = verdicts;
    this.metrics = metrics;
    this.threads = Executors.newFixedThreadPool(threads, new StageThreads("encode", state));
  }

  /** Takes the view in place {@code slot} of a batch; returns at once. */
  void submit(DecodedView view, int slot, OutputLease lease) {
    metrics.underWay().encoding.incrementAndGet();
    threads.execute(() -> encode(view, slot, lease));
  }

  private void encode(DecodedView view, int slot, OutputLease lease) {
    try {
      List<Payload> payloads;
      metrics.underWay().encoders.incrementAndGet();
      try {
        payloads = metrics.time(Stage.ENCODE, () -> payloads(view.view(), lease.outputs(), slot));
      } finally {
        metrics.underWay().encoders.decrementAndGet();
        metrics.underWay().encoding.decrementAndGet();
        lease.release();
      }
      next.publish(view, payloads);
    } catch (UnstorableValueException e) {
      verdicts.unrecordable(
          view.delivery(),
          new UnstorableValueException("view " + view.view().getViewId() + ": " + e.getMessage()));
    } catch (RuntimeException | Error e) {
      verdicts.failed(view.delivery(), e);
    }
  }

  private List<Payload> payloads(View view, TeacherOutputs outputs, int slot) {
    return encoder.encode(view, outputs.view(slot)).entrySet().stream()
        .map(container -> Payload.of(container.getKey(), container.getValue()))
        .toList();
  }

  @Override
  public void close() {
    threads.shutdownNow();
  }
}
