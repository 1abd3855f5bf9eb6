package dev.lectern.trainer.replay;

import dev.lectern.schemas.descriptor.TensorLayout;
import dev.lectern.schemas.record.RecordingManifest;
import dev.lectern.schemas.record.TensorKind;
import dev.lectern.schemas.view.InputNormalization;
import java.util.EnumSet;
import java.util.Map;
import java.util.Set;

/**
 * What a run wants of its recordings.
 *
 * @param input how the student's input is normalised
 * @param noise what only the student sees of it
 * @param classes the student's, and what of dataset and teachers they stand for
 * @param kinds teacher outputs to decode, by recording; recordings without any may be left out
 * @param split the split to train on
 * @param seed decides the order of the epochs and the noise
 * @param batchSize views per step
 * @param plainFrom the first epoch that takes the plain view of every image
 * @param canvas how large the student sees them
 */
public record StudentView(
    InputNormalization input,
    PhotometricNoise noise,
    ClassMap classes,
    Map<String, Set<TensorKind>> kinds,
    String split,
    long seed,
    int batchSize,
    int plainFrom,
    StudentCanvas canvas) {
  public StudentView {
    kinds = Map.copyOf(kinds);
  }

  /** A student that takes augmented views in all epochs. */
  public StudentView(
      InputNormalization input,
      PhotometricNoise noise,
      ClassMap classes,
      Map<String, Set<TensorKind>> kinds,
      String split,
      long seed,
      int batchSize) {
    this(
        input,
        noise,
        classes,
        kinds,
        split,
        seed,
        batchSize,
        EpochOrder.NEVER_PLAIN,
        StudentCanvas.WHOLE);
  }

  /** Copy of a student that sees views of its own size. */
  public StudentView on(StudentCanvas smaller) {
    return new StudentView(
        input, noise, classes, kinds, split, seed, batchSize, plainFrom, smaller);
  }

  /** A student of the dataset's classes. */
  public StudentView(
      InputNormalization input,
      PhotometricNoise noise,
      Map<String, Set<TensorKind>> kinds,
      String split,
      long seed,
      int batchSize) {
    this(input, noise, ClassMap.NONE, kinds, split, seed, batchSize);
  }

  /**
   * Teacher outputs of a recording to decode; may be empty. Instances stand for the class scores
   * and box logits of cells where the teacher gives them.
   */
  Set<TensorKind> kindsOf(RecordingManifest recording) {
    Set<TensorKind> wanted = kinds.getOrDefault(recording.getName(), Set.of());
    if (TensorLayout.instances(recording.getDescriptor()) == 0) {
      return wanted;
    }
    Set<TensorKind> found = EnumSet.noneOf(TensorKind.class);
    for (TensorKind kind : wanted) {
      boolean ofCells = kind == TensorKind.CLASS_SCORES || kind == TensorKind.BOX_LOGITS;
      found.add(ofCells ? TensorKind.INSTANCES : kind);
    }
    return found;
  }
}
