package dev.lectern.teacher.recording;

import dev.lectern.schemas.record.TensorKind;
import dev.lectern.schemas.tensor.Tensor;
import dev.lectern.schemas.tensor.TensorEncoding;
import dev.lectern.schemas.tensor.TensorWriter;
import dev.lectern.schemas.tensor.UnstorableValueException;
import dev.lectern.teacher.model.TeacherOutputs;
import dev.lectern.teacher.recording.WorkerMetrics.Stage;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * Fourth stage: from tensors to payloads, all kinds of a view before any is sent, so that a view
 * with a number that cannot be stored leaves nothing behind.
 */
final class EncodeStage implements AutoCloseable {
  private static final ThreadLocal<TensorWriter> WRITER =
      ThreadLocal.withInitial(TensorWriter::new);

  private final Map<TensorKind, TensorEncoding> encodings;
  private final PayloadPublisher next;
  private final Verdicts verdicts;
  private final WorkerMetrics metrics;
  private final ExecutorService threads;

  EncodeStage(
      Map<TensorKind, TensorEncoding> encodings,
      int threads,
      PayloadPublisher next,
      Verdicts verdicts,
      WorkerState state,
      WorkerMetrics metrics) {
    this.encodings = encodings;
    this.next = next;
    this.verdicts = verdicts;
    this.metrics = metrics;
    this.threads = Executors.newFixedThreadPool(threads, new StageThreads("encode", state));
  }

  /** Takes the view in place {@code slot} of a batch; returns at once. */
  void submit(DecodedView view, int slot, OutputLease lease) {
    threads.execute(() -> encode(view, slot, lease));
  }

  private void encode(DecodedView view, int slot, OutputLease lease) {
    try {
      List<Payload> payloads;
      try {
        payloads = metrics.time(Stage.ENCODE, () -> payloads(lease.outputs(), slot));
      } finally {
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

  private List<Payload> payloads(TeacherOutputs outputs, int slot) {
    List<Payload> payloads = new ArrayList<>();
    for (TensorKind kind : TensorKind.values()) {
      TensorEncoding encoding = encodings.get(kind);
      if (encoding != null) {
        List<Tensor> tensors = new ArrayList<>();
        for (int i = 0; i < outputs.specs().size(); i++) {
          if (outputs.specs().get(i).kind() == kind) {
            tensors.add(outputs.tensor(i, slot));
          }
        }
        payloads.add(Payload.of(kind, WRITER.get().write(tensors, encoding)));
      }
    }
    return payloads;
  }

  @Override
  public void close() {
    threads.shutdownNow();
  }
}
