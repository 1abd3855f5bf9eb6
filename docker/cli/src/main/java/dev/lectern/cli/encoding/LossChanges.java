package dev.lectern.cli.encoding;

import dev.lectern.schemas.record.KindEncoding;
import dev.lectern.schemas.record.RecordingManifest;
import dev.lectern.schemas.record.State;
import dev.lectern.schemas.record.TensorKind;
import dev.lectern.schemas.tensor.TensorEncoding;
import dev.lectern.teacher.recording.ViewEncoder;
import dev.lectern.trainer.replay.ContainerBatch;
import dev.lectern.trainer.replay.ReplayBatch;
import dev.lectern.trainer.train.LossProbe;
import dev.lectern.trainer.train.LossProbe.Reading;
import dev.lectern.trainer.train.LossProbe.StudentState;
import dev.lectern.trainer.train.TrainConfig;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What storing a sample in some encoding changes of a run's losses, against exact outputs at every
 * position.
 */
public final class LossChanges implements AutoCloseable {
  private final EncodingSample sample;
  private final String recording;
  private final List<KindEncoding> exact;
  private final LossProbe probe;
  private final Map<Double, StudentState> students = new LinkedHashMap<>();
  private final Map<Double, Map<String, Reading>> references = new LinkedHashMap<>();

  /**
   * Relative change of one loss.
   *
   * @param distance of the student from the teacher, see {@link LossProbe#student}
   * @param value |v' - v| / |v|
   * @param gradient ‖g' - g‖ / ‖g‖, in the student's outputs
   */
  public record Change(String loss, double distance, double value, double gradient) {}

  /**
   * Computes the losses that changes are measured against.
   *
   * @param recording name of the recording to be
   * @param run its student, with its weights if it has any, and its losses
   * @param distances of the student from the teacher; 1 is the student itself
   */
  public LossChanges(
      EncodingSample sample, String recording, TrainConfig run, List<Double> distances) {
    this.sample = sample;
    this.recording = recording;
    this.exact = sample.outputs().get(0).keySet().stream().map(TensorEncoding.FLOAT32::of).toList();
    this.probe = new LossProbe(run, manifest(exact), sample.dataset());
    try (ReplayBatch batch = stored(exact)) {
      for (double distance : distances) {
        students.put(distance, probe.student(batch, distance));
        references.put(distance, probe.read(batch, students.get(distance)));
      }
    }
  }

  /** Exact encodings of every kind that the sample holds. */
  public List<KindEncoding> exact() {
    return exact;
  }

  /**
   * Every loss at every distance.
   *
   * @param encodings of all kinds
   */
  public List<Change> of(List<KindEncoding> encodings) {
    List<Change> changes = new ArrayList<>();
    try (ReplayBatch batch = stored(encodings)) {
      students.forEach(
          (distance, student) -> {
            Map<String, Reading> reference = references.get(distance);
            probe
                .read(batch, student)
                .forEach(
                    (loss, reading) ->
                        changes.add(change(loss, distance, reference.get(loss), reading)));
          });
    }
    return changes;
  }

  private static Change change(String loss, double distance, Reading from, Reading to) {
    double squares = 0;
    double difference = 0;
    for (int i = 0; i < from.gradient().length; i++) {
      double g = from.gradient()[i];
      squares += g * g;
      difference += Math.pow(to.gradient()[i] - g, 2);
    }
    return new Change(
        loss,
        distance,
        ratio(Math.abs(to.value() - from.value()), Math.abs(from.value())),
        ratio(Math.sqrt(difference), Math.sqrt(squares)));
  }

  private static double ratio(double difference, double whole) {
    return difference == 0 ? 0 : difference / whole;
  }

  private ReplayBatch stored(List<KindEncoding> encodings) {
    return ContainerBatch.decode(
        manifest(encodings),
        sample.dataset(),
        probe.classes(),
        probe.input(),
        sample.views(),
        encode(encodings));
  }

  private List<Map<TensorKind, byte[]>> encode(List<KindEncoding> encodings) {
    ViewEncoder encoder = new ViewEncoder(encodings, sample.teacher());
    List<Map<TensorKind, byte[]>> containers = new ArrayList<>();
    for (int i = 0; i < sample.views().size(); i++) {
      containers.add(encoder.encode(sample.views().get(i), sample.outputs().get(i)));
    }
    return containers;
  }

  /** Mean bytes of a view's container of one kind. */
  public double bytesPerView(KindEncoding encoding) {
    return encode(List.of(encoding)).stream()
        .mapToInt(containers -> containers.get(encoding.getKind()).length)
        .average()
        .orElseThrow();
  }

  private RecordingManifest manifest(List<KindEncoding> encodings) {
    return RecordingManifest.newBuilder()
        .setName(recording)
        .setState(State.OPEN)
        .setDataset(sample.dataset().getName())
        .setTeacherId("")
        .setDescriptor(sample.teacher())
        .setEncodings(encodings)
        .build();
  }

  @Override
  public void close() {
    probe.close();
  }
}
