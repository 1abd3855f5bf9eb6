package dev.lectern.trainer.train;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.jni.JniUtils;
import dev.lectern.detector.Detector;
import dev.lectern.detector.device.TorchDevice;
import dev.lectern.detector.layer.GradientMode;
import dev.lectern.detector.layer.Mode;
import dev.lectern.detector.network.Outputs;
import dev.lectern.schemas.config.UserMistakeException;
import dev.lectern.schemas.descriptor.TensorRole;
import dev.lectern.schemas.record.DatasetManifest;
import dev.lectern.schemas.record.RecordingManifest;
import dev.lectern.schemas.view.InputNormalization;
import dev.lectern.trainer.assign.BatchTargets;
import dev.lectern.trainer.distil.TrainingProgress;
import dev.lectern.trainer.distil.WeightedTerm;
import dev.lectern.trainer.family.Objective;
import dev.lectern.trainer.family.TrainedFamily;
import dev.lectern.trainer.objective.Losses;
import dev.lectern.trainer.replay.ClassMap;
import dev.lectern.trainer.replay.ReplayBatch;
import dev.lectern.trainer.view.TeacherOutputs;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Computes the distillation losses of a run on given batches, with their gradients in the student's
 * outputs, without training: what does another encoding of the same teacher outputs change?
 */
public final class LossProbe implements AutoCloseable {
  private final NDManager manager;
  private final TrainConfig run;
  private final Detector student;
  private final Correspondence match;
  private final List<WeightedTerm> terms;
  private final TrainedFamily family;

  /**
   * One loss.
   *
   * @param value weighted as in the run
   * @param gradient in the student's outputs: class logits, box logits, features, level by level
   */
  public record Reading(double value, float[] gradient) {}

  /** Numbers of an array, outside of any engine. */
  private record Numbers(float[] values, Shape shape) {
    static Numbers of(NDArray array) {
      return new Numbers(array.toFloatArray(), array.getShape());
    }
  }

  /** What a student gave for a batch, outside of any engine. */
  public static final class StudentState {
    private final Outputs<Numbers> outputs;

    private StudentState(Outputs<Numbers> outputs) {
      this.outputs = outputs;
    }
  }

  /**
   * Sets up student and losses.
   *
   * @param run names the student, its weights if it has any, and the losses
   * @param recording holds whatever the losses need
   * @param dataset as published
   * @throws UserMistakeException if run and recording do not suit each other, or the run's device
   *     is not there
   */
  public LossProbe(TrainConfig run, RecordingManifest recording, DatasetManifest dataset) {
    if (run.student().inputSize() != null) {
      throw new UserMistakeException(
          "student.input-size: found "
              + run.student().inputSize()
              + ", expected none where losses are measured on recorded views");
    }
    this.run = run;
    this.manager = TorchDevice.of(run.device()).newManager();
    JniUtils.setNumThreads(run.threads());
    LossPlan all = LossPlan.of(run);
    int teacher = Math.max(0, run.recordings().indexOf(recording.getName()));
    LossPlan losses =
        new LossPlan(
            all.entries().stream()
                .filter(entry -> entry.teacher() == teacher)
                .map(e -> new LossPlan.Entry(e.name(), 0, e.teacherWeight(), e.loss()))
                .toList());
    DistillationSetup setup =
        DistillationSetup.of(
            run, losses, List.of(recording), run.classes().apply(dataset), manager);
    this.student = setup.student();
    this.match = setup.matches().get(0);
    this.terms = setup.parts().terms();
    this.family = setup.family();
  }

  /** The student's classes, and what of dataset and teacher they stand for. */
  public ClassMap classes() {
    return run.classes();
  }

  /** How the student's input is normalised. */
  public InputNormalization input() {
    return run.inputNormalization();
  }

  /**
   * What the student gives, or would give if it were nearer to the teacher.
   *
   * <pre>
   *   s' = t + distance (s - t)
   * </pre>
   *
   * for logits and features of equal shapes on both sides; others stay the student's.
   *
   * @param exact with every position of the teacher's outputs
   * @param distance 1 for the student as it is, 0 for the teacher
   */
  public StudentState student(ReplayBatch exact, double distance) {
    try (NDManager scope = manager.newSubManager()) {
      NDArray images = BatchArrays.of(exact.images(), scope);
      Outputs<NDArray> outputs = GradientMode.off(() -> student.forward(images, Mode.EVALUATE));
      TeacherTensors teacher = new TeacherTensors(exact.teachers().get(0), scope);
      Outputs<Numbers> moved = Outputs.none();
      for (TensorRole role : outputs.roles()) {
        moved =
            moved.with(
                role, between(outputs.get(role), teacher.maps(role, match.levels()), distance));
      }
      return new StudentState(moved);
    }
  }

  private static List<Numbers> between(
      List<NDArray> ours, Map<Integer, NDArray> theirs, double distance) {
    List<Numbers> between = new ArrayList<>();
    for (int l = 0; l < ours.size(); l++) {
      Numbers student = Numbers.of(ours.get(l));
      if (theirs.containsKey(l) && theirs.get(l).getShape().equals(student.shape())) {
        float[] teacher = theirs.get(l).toFloatArray();
        float[] moved = new float[teacher.length];
        for (int i = 0; i < moved.length; i++) {
          moved[i] = (float) (teacher[i] + distance * (student.values()[i] - teacher[i]));
        }
        student = new Numbers(moved, student.shape());
      }
      between.add(student);
    }
    return between;
  }

  /** Each loss by its name in reports. */
  public Map<String, Reading> read(ReplayBatch batch, StudentState state) {
    Map<String, Reading> readings = new LinkedHashMap<>();
    for (WeightedTerm term : terms) {
      try (NDManager scope = manager.newSubManager()) {
        TeacherOutputs teacher = new TeacherTensors(batch.teachers().get(0), scope).of(match);
        readings.put(
            term.name(),
            GradientMode.recording(
                () -> reading(term, state, List.of(teacher), targets(batch), scope)));
      }
    }
    return readings;
  }

  private BatchTargets targets(ReplayBatch batch) {
    return family.targets(batch.views().stream().map(TargetedBatches::truth).toList());
  }

  private Reading reading(
      WeightedTerm term,
      StudentState state,
      List<TeacherOutputs> teachers,
      BatchTargets truth,
      NDManager scope) {
    Outputs<NDArray> leaves = state.outputs.map(numbers -> leaf(numbers, scope));
    Losses losses =
        new Objective(family, List.of(term))
            .losses(leaves, teachers, truth, TrainingProgress.START);
    NDArray value = losses.byName().get(term.name());
    JniUtils.backward((PtNDArray) value, (PtNDArray) value.onesLike(), false, false);
    return new Reading(value.toFloatArray()[0], gradients(leaves.all()));
  }

  private static NDArray leaf(Numbers numbers, NDManager scope) {
    NDArray leaf = scope.create(numbers.values(), numbers.shape());
    leaf.setRequiresGradient(true);
    return leaf;
  }

  private static float[] gradients(List<NDArray> leaves) {
    int size = leaves.stream().mapToInt(leaf -> (int) leaf.size()).sum();
    float[] gradients = new float[size];
    int at = 0;
    for (NDArray leaf : leaves) {
      float[] gradient = leaf.getGradient().toFloatArray();
      System.arraycopy(gradient, 0, gradients, at, gradient.length);
      at += gradient.length;
    }
    return gradients;
  }

  @Override
  public void close() {
    student.close();
    manager.close();
  }
}
