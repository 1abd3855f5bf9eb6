package dev.lectern.cli;

import ai.djl.ndarray.NDManager;
import dev.lectern.detector.Detector;
import dev.lectern.detector.box.DetectionDecoder;
import dev.lectern.detector.device.TorchDevice;
import dev.lectern.schemas.config.UserMistakeException;
import dev.lectern.schemas.progress.Progress;
import dev.lectern.schemas.record.DatasetManifest;
import dev.lectern.trainer.eval.Coordinates;
import dev.lectern.trainer.eval.Measurement;
import dev.lectern.trainer.replay.Batches;
import dev.lectern.trainer.replay.ClassMap;
import dev.lectern.trainer.replay.PhotometricNoise;
import dev.lectern.trainer.replay.RecordingSet;
import dev.lectern.trainer.replay.Replay;
import dev.lectern.trainer.replay.ReplayConfig;
import dev.lectern.trainer.replay.StoredReplay;
import dev.lectern.trainer.replay.StudentCanvas;
import dev.lectern.trainer.replay.StudentView;
import dev.lectern.trainer.train.StudentEvaluator;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** A trained student, measured on the plain views of a recording's dataset. */
final class RecordedStudent {
  private static final int BATCH = 8;
  private static final ReplayConfig FROM_THE_LOG = ReplayConfig.withoutStore();

  private RecordedStudent() {}

  /** Measures a student on some views. */
  @FunctionalInterface
  interface Measuring<T> {
    /** Runs the student over all batches. */
    T of(Detector student, DatasetManifest dataset, Batches batches) throws InterruptedException;
  }

  /** As COCO measures detectors. */
  static Measurement ofBoxes(Detector student, DatasetManifest dataset, Batches batches)
      throws InterruptedException {
    return new StudentEvaluator(
            student, dataset, DetectionDecoder.Limits.DEFAULT, Coordinates.SOURCE)
        .evaluate(batches)
        .measured();
  }

  /**
   * Runs the student over view 0 of every image of a split.
   *
   * @param file as {@link StudentFile} reads it
   * @param classes what the student's classes stand for
   * @throws UserMistakeException if the student has another number of classes
   */
  static <T> T evaluate(
      Map<String, Object> kafka,
      String recording,
      Path file,
      ClassMap classes,
      String split,
      TorchDevice device,
      Measuring<T> measuring)
      throws InterruptedException {
    try (NDManager manager = device.newManager();
        Detector student = StudentFile.open(file, manager)) {
      StudentView view =
          new StudentView(
                  student.spec().input().normalization(),
                  PhotometricNoise.NONE,
                  classes,
                  Map.of(),
                  split,
                  0,
                  BATCH)
              .on(new StudentCanvas(student.spec().inputSize(), student.spec().strides()));
      RecordingSet recordings = RecordingSet.open(kafka, List.of(recording));
      try {
        classes.require(recordings.dataset(), recordings.manifests());
        requireClasses(student, recordings.dataset(), classes);
      } catch (RuntimeException e) {
        recordings.close();
        throw e;
      }
      try (Replay replay =
              StoredReplay.open(
                  kafka, recordings, FROM_THE_LOG, Path.of(""), view, Progress.silentFactory());
          Batches batches = replay.evaluation(split)) {
        return measuring.of(student, replay.dataset(), batches);
      }
    }
  }

  private static void requireClasses(Detector student, DatasetManifest dataset, ClassMap classes) {
    int expected = classes.names(dataset.getClassNames()).size();
    if (student.spec().classes() != expected) {
      throw new UserMistakeException(
          "--student: found a student of "
              + student.spec().classes()
              + " classes, "
              + (classes.isNone()
                  ? "dataset '"
                      + dataset.getName()
                      + "' has "
                      + expected
                      + "; name what each of the student's stands for with --class"
                  : "--class names " + expected));
    }
  }
}
