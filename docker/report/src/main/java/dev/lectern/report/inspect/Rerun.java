package dev.lectern.report.inspect;

import dev.lectern.schemas.config.UserMistakeException;
import dev.lectern.schemas.log.PayloadReader;
import dev.lectern.schemas.log.ViewReader;
import dev.lectern.schemas.progress.Progress;
import dev.lectern.schemas.record.IndexEntry;
import dev.lectern.schemas.record.KindEncoding;
import dev.lectern.schemas.record.RecordingManifest;
import dev.lectern.schemas.record.TensorKind;
import dev.lectern.schemas.serde.CorruptRecordException;
import dev.lectern.schemas.tensor.MaskedLogits;
import dev.lectern.schemas.tensor.Positions;
import dev.lectern.schemas.tensor.StoredPositions;
import dev.lectern.schemas.tensor.Tensor;
import dev.lectern.schemas.tensor.TensorContainer;
import dev.lectern.schemas.tensor.TensorEncoding;
import dev.lectern.schemas.tensor.TensorWriter;
import dev.lectern.teacher.model.Teacher;
import dev.lectern.teacher.model.ViewPass;
import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Asks the teacher of a recording again about some of its views, and compares. */
public final class Rerun {
  private final Map<String, Object> kafka;
  private final RecordingManifest recording;
  private final Teacher teacher;
  private final TensorWriter writer = new TensorWriter();

  /**
   * @param kafka client properties
   * @param teacher the recording's own
   * @throws UserMistakeException if it is another one
   */
  public Rerun(Map<String, Object> kafka, RecordingManifest recording, Teacher teacher) {
    if (!teacher.id().equals(recording.getTeacherId())) {
      throw new UserMistakeException(
          "model file: found teacher "
              + teacher.id()
              + ", recording '"
              + recording.getName()
              + "' was made by "
              + recording.getTeacherId());
    }
    this.kafka = Map.copyOf(kafka);
    this.recording = recording;
    this.teacher = teacher;
  }

  /**
   * Compares views that are spread evenly over the recording.
   *
   * @param sample how many, at most
   * @return for each recorded kind how far it is
   * @throws CorruptRecordException if a sampled view cannot be read
   */
  public List<KindDifference> compare(int sample, Progress.Factory progress) {
    List<IndexEntry> entries = RecordedViews.read(kafka, recording).spread(sample);
    Map<TensorKind, KindDifference.Sum> sums = new LinkedHashMap<>();
    recording
        .getEncodings()
        .forEach(kind -> sums.put(kind.getKind(), new KindDifference.Sum(kind.getKind())));
    ViewPass pass = new ViewPass(teacher);
    try (ViewReader views = new ViewReader(kafka, recording.getDataset());
        PayloadReader payloads = new PayloadReader(kafka, recording.getName());
        Progress shown =
            progress.start("run the teacher of " + recording.getName(), "views", entries.size())) {
      for (int from = 0; from < entries.size(); from += teacher.batchSize()) {
        List<IndexEntry> batch =
            entries.subList(from, Math.min(from + teacher.batchSize(), entries.size()));
        List<Map<TensorKind, List<Tensor>>> outputs =
            pass.outputs(RecordedViews.pixels(views, batch));
        for (int i = 0; i < batch.size(); i++) {
          for (KindEncoding encoding : recording.getEncodings()) {
            TensorKind kind = encoding.getKind();
            TensorContainer then =
                TensorContainer.open(payloads.read(batch.get(i).getReceipt(), kind));
            sums.get(kind)
                .add(numbers(then), numbers(now(outputs.get(i).get(kind), encoding, then)));
          }
          shown.advance(1);
        }
      }
    }
    return sums.values().stream().map(KindDifference.Sum::of).toList();
  }

  /** Stores the teacher's outputs of today as they were stored then, at the same positions. */
  private TensorContainer now(List<Tensor> outputs, KindEncoding encoding, TensorContainer then) {
    StoredPositions positions = StoredPositions.DENSE;
    Positions set = Positions.valueOf(encoding.getPositions().name());
    if (set != Positions.DENSE) {
      positions = new StoredPositions(set, then.entries().stream().map(then::positions).toList());
    }
    List<Tensor> storable =
        encoding.getKind() == TensorKind.CLASS_SCORES ? MaskedLogits.clipped(outputs) : outputs;
    return TensorContainer.open(
        ByteBuffer.wrap(writer.write(storable, TensorEncoding.of(encoding), positions)));
  }

  private static float[] numbers(TensorContainer container) {
    int size = container.entries().stream().mapToInt(TensorContainer.Entry::size).sum();
    FloatBuffer numbers = FloatBuffer.allocate(size);
    container.entries().forEach(entry -> container.readInto(entry, numbers));
    return numbers.array();
  }
}
