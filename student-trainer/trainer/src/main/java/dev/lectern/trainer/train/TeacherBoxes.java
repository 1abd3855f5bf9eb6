package dev.lectern.trainer.train;

import dev.lectern.detector.box.Detection;
import dev.lectern.detector.box.DetectionDecoder;
import dev.lectern.detector.box.Disagreement;
import dev.lectern.detector.network.Outputs;
import dev.lectern.schemas.config.UserMistakeException;
import dev.lectern.schemas.descriptor.TensorLayout;
import dev.lectern.schemas.descriptor.TensorRole;
import dev.lectern.schemas.record.RecordedTensor;
import dev.lectern.schemas.record.RecordingManifest;
import dev.lectern.schemas.record.TeacherDescriptor;
import dev.lectern.schemas.record.TensorKind;
import dev.lectern.schemas.record.View;
import dev.lectern.trainer.assign.GroundTruth;
import dev.lectern.trainer.distil.Needs;
import dev.lectern.trainer.replay.ReplayBatch;
import dev.lectern.trainer.replay.TeacherArrays;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What a teacher finds on the views of a batch, and what a run makes of it: regions and pseudo
 * labels of views that nobody annotated, and the weight of each view. Decodes what is recorded; of
 * a recording of regions that is what it holds. Immutable; safe for several threads.
 */
final class TeacherBoxes {
  private final TeacherBoxesConfig config;
  private final boolean always;
  private final int teacher;
  private final TeacherDescriptor descriptor;
  private final DetectionDecoder decoder;

  private TeacherBoxes(
      TeacherBoxesConfig config,
      boolean always,
      int teacher,
      TeacherDescriptor descriptor,
      DetectionDecoder decoder) {
    this.config = config;
    this.always = always;
    this.teacher = teacher;
    this.descriptor = descriptor;
    this.decoder = decoder;
  }

  /**
   * Of a run.
   *
   * @param recordings the run's, in its order; the first with boxes is read
   * @param classes K of the student
   * @throws UserMistakeException if the run asks for boxes and no recording has them
   */
  static TeacherBoxes of(TrainConfig run, List<RecordingManifest> recordings, int classes) {
    TeacherBoxesConfig config = run.teacherBoxes();
    Needs needs = LossPlan.of(run).needs();
    for (int teacher = 0; teacher < recordings.size(); teacher++) {
      RecordingManifest recording = run.canvas().of(recordings.get(teacher));
      if (hasBoxes(recording)) {
        TeacherDescriptor seen = recording.getDescriptor();
        TeacherDescriptor asRecorded = recordings.get(teacher).getDescriptor();
        return new TeacherBoxes(
            config,
            config.filters() || needs.readsTeacherBoxes(),
            teacher,
            seen,
            DetectionDecoder.of(seen, classes, DetectionDecoder.Limits.above(config.score()))
                .with(TeacherAndStudent.priors(asRecorded, seen)));
      }
    }
    if (config.filters() || config.pseudoLabels() != null || needs.readsTeacherBoxes()) {
      throw new UserMistakeException(
          "teacher-boxes: found no recording whose boxes can be decoded"
              + (run.student().inputSize() == null
                  ? ""
                  : " at student.input-size " + run.student().inputSize())
              + ", expected one with class scores and boxes, or none of min-agreement,"
              + " min-confidence, weight, pseudo-labels and region teacher_boxes");
    }
    return new TeacherBoxes(config, false, -1, null, null);
  }

  private static boolean hasBoxes(RecordingManifest recording) {
    TeacherDescriptor teacher = recording.getDescriptor();
    Set<TensorKind> recorded = new HashSet<>();
    recording.getEncodings().forEach(encoding -> recorded.add(encoding.getKind()));
    if (!DetectionDecoder.suits(teacher)) {
      return false;
    }
    return TensorLayout.instances(teacher) > 0
        ? recorded.contains(TensorKind.INSTANCES)
        : recorded.containsAll(Set.of(TensorKind.CLASS_SCORES, TensorKind.BOX_LOGITS));
  }

  /**
   * What must be read of a recording besides what the losses read.
   *
   * @param place of the recording among the run's
   * @param unlabelled whether there are views that nobody annotated
   */
  Set<TensorKind> kinds(int place, boolean unlabelled) {
    if (place != teacher || !always && !unlabelled) {
      return Set.of();
    }
    return EnumSet.copyOf(
        TensorLayout.instances(descriptor) > 0
            ? Set.of(TensorKind.INSTANCES)
            : Set.of(TensorKind.CLASS_SCORES, TensorKind.BOX_LOGITS));
  }

  /**
   * The ground truth of a batch with what the teacher finds, and how much each view teaches.
   *
   * @param truth from the annotations
   */
  Found look(ReplayBatch batch, List<GroundTruth> truth) {
    List<GroundTruth> seen = new ArrayList<>();
    float[] weights = new float[truth.size()];
    int pseudo = 0;
    for (int n = 0; n < weights.length; n++) {
      View view = batch.views().get(n);
      GroundTruth own = truth.get(n);
      weights[n] = 1;
      if (own.labelled() && !always || !isRead(batch)) {
        seen.add(own);
        continue;
      }
      List<Detection> found = found(batch.teachers().get(teacher), n, view);
      weights[n] = weight(view, found);
      if (own.labelled()) {
        seen.add(own.beside(Detection.corners(found)));
        continue;
      }
      List<Detection> objects =
          found.stream().filter(box -> box.score() >= config.scoreOfObjects()).toList();
      boolean learned = config.pseudoLabels() != null;
      pseudo += learned ? objects.size() : 0;
      seen.add(
          GroundTruth.found(
              Detection.corners(objects),
              objects.stream().mapToInt(Detection::label).toArray(),
              own.valid(),
              learned));
    }
    return new Found(seen, weights, pseudo);
  }

  /**
   * What was found on a batch.
   *
   * @param truth of each view
   * @param weights of each view's distillation
   * @param pseudoLabels objects that the student's own losses learn from the teacher
   */
  record Found(List<GroundTruth> truth, float[] weights, int pseudoLabels) {}

  private boolean isRead(ReplayBatch batch) {
    return teacher >= 0
        && batch.teachers().size() > teacher
        && decoder.roles().stream().allMatch(role -> batch.teachers().get(teacher).has(role.at(0)));
  }

  private List<Detection> found(TeacherArrays stored, int image, View view) {
    Map<TensorRole, List<float[]>> levels = new EnumMap<>(TensorRole.class);
    for (RecordedTensor tensor : descriptor.getTensors()) {
      TensorRole role = TensorLayout.role(tensor);
      if (decoder.roles().contains(role)) {
        levels
            .computeIfAbsent(role, any -> new ArrayList<>())
            .add(stored.of(tensor.getName(), image));
      }
    }
    if (!decoder.isOfInstances()) {
      TensorRole scores =
          levels.containsKey(TensorRole.JOINT_SCORE)
              ? TensorRole.JOINT_SCORE
              : TensorRole.CLASS_LOGITS;
      for (int level = 0; level < levels.get(scores).size(); level++) {
        neverWhereAbsent(
            levels.get(scores).get(level), levels.get(decoder.boxes().role()).get(level), level);
      }
    }
    Outputs<float[]> outputs = Outputs.none();
    for (Map.Entry<TensorRole, List<float[]>> role : levels.entrySet()) {
      outputs = outputs.with(role.getKey(), role.getValue());
    }
    // the decoder's threshold is on class scores, before centerness
    return decoder.decode(outputs, view.getWidth(), view.getHeight()).stream()
        .filter(box -> box.score() >= config.score())
        .toList();
  }

  /** Takes the scores of positions whose boxes are not recorded. */
  private void neverWhereAbsent(float[] scores, float[] boxes, int level) {
    int cells = decoder.priors().levels().get(level).cells();
    for (int cell = 0; cell < cells; cell++) {
      if (boxes[cell] == Float.NEGATIVE_INFINITY) {
        for (int i = cell; i < scores.length; i += cells) {
          scores[i] = Float.NEGATIVE_INFINITY;
        }
      }
    }
  }

  private float weight(View view, List<Detection> found) {
    double confidence = found.stream().mapToDouble(Detection::score).average().orElse(0);
    double agreement =
        view.getLabelled()
            ? 1 - Disagreement.withTruth(view.getGroundTruth(), found).share()
            : confidence;
    boolean doubted = view.getLabelled() && agreement < config.minAgreement();
    if (doubted || confidence < config.minConfidence()) {
      return 0;
    }
    return switch (config.weight()) {
      case NONE -> 1;
      case AGREEMENT -> (float) agreement;
      case CONFIDENCE -> (float) confidence;
    };
  }
}
