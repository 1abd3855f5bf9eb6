package dev.lectern.cli;

import ai.djl.ndarray.NDManager;
import dev.lectern.detector.Detector;
import dev.lectern.detector.device.TorchDevice;
import dev.lectern.detector.family.Families;
import dev.lectern.detector.network.Detectors;
import dev.lectern.detector.weights.Safetensors;
import dev.lectern.detector.weights.Weights;
import dev.lectern.schemas.config.FileError;
import dev.lectern.schemas.config.UserMistakeException;
import dev.lectern.schemas.record.Task;
import dev.lectern.trainer.train.Checkpoint;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** A trained student in a file: {@code student.safetensors} of a run, or one of its checkpoints. */
final class StudentFile {
  private static final String CHECKPOINT = "lectern.checkpoint";
  private static final long SEED = 0;

  private StudentFile() {}

  /** What the student in a file is for. */
  static Task task(Path file) {
    try (NDManager manager = TorchDevice.of("cpu").newManager();
        Detector student = open(file, manager)) {
      return Families.of(student.spec()).task();
    }
  }

  /**
   * The network with its trained weights; averaged ones if the checkpoint has them.
   *
   * @throws UserMistakeException if the file is missing or is not a student
   */
  static Detector open(Path file, NDManager manager) {
    if (!Files.isRegularFile(file)) {
      throw new UserMistakeException("--student " + file + ": no such file");
    }
    try {
      if (Safetensors.read(file).metadata().containsKey(CHECKPOINT)) {
        Checkpoint checkpoint = Checkpoint.read(file);
        Detector detector = Detectors.create(checkpoint.spec(), manager, SEED);
        checkpoint.load(detector);
        return detector;
      }
      Detector detector = Detectors.create(Weights.spec(file), manager, SEED);
      Weights.load(file, detector.parameters());
      return detector;
    } catch (IOException e) {
      throw new UserMistakeException("--student: " + FileError.describe(e), e);
    }
  }
}
