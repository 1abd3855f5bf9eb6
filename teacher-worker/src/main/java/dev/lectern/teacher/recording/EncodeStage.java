package dev.lectern.teacher.recording;

import dev.lectern.schemas.record.View;
import dev.lectern.schemas.tensor.UnstorableValueException;
import dev.lectern.teacher.model.TeacherOutputs;
import dev.lectern.teacher.recording.WorkerMetrics.Part;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;

/**
 * Fourth stage: from tensors to payloads, all kinds of a view before any is sent, so that a view
 * with a number that cannot be stored leaves nothing behind.
 */
final class EncodeStage extends Stage<EncodeTask> {
  private final ViewEncoder encoder;
  private final PayloadPublisher next;
  private final Verdicts verdicts;
  private final WorkerMetrics metrics;

  EncodeStage(
      ViewEncoder encoder,
      int threads,
      PayloadPublisher next,
      Verdicts verdicts,
      WorkerState state,
      WorkerMetrics metrics) {
    super("encode", threads, new LinkedBlockingQueue<>(), state);
    this.encoder = encoder;
    this.next = next;
    this.verdicts = verdicts;
    this.metrics = metrics;
  }

  @Override
  void put(EncodeTask task) throws InterruptedException {
    metrics.inFlight().encoding.incrementAndGet();
    super.put(task);
  }

  @Override
  boolean work(BlockingQueue<EncodeTask> queue) throws InterruptedException {
    EncodeTask task = queue.take();
    encode(task.view(), task.slot(), task.lease());
    return true;
  }

  private void encode(DecodedView view, int slot, OutputLease lease) {
    try {
      List<Payload> payloads;
      metrics.inFlight().encoders.incrementAndGet();
      try {
        payloads = metrics.time(Part.ENCODE, () -> payloads(view.view(), lease.outputs(), slot));
      } finally {
        metrics.inFlight().encoders.decrementAndGet();
        metrics.inFlight().encoding.decrementAndGet();
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
}
