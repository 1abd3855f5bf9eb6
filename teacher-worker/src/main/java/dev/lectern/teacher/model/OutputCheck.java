package dev.lectern.teacher.model;

import dev.lectern.schemas.config.UserMistakeException;
import dev.lectern.schemas.record.RecordedTensor;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;

/** Collects every difference between a model and its descriptor. */
final class OutputCheck {
  private final Path model;
  private final List<String> problems = new ArrayList<>();

  OutputCheck(Path model) {
    this.model = model;
  }

  void problem(String text) {
    problems.add(text);
  }

  void missing(RecordedTensor spec, Collection<String> known) {
    problem(
        "output '"
            + spec.getOutput()
            + "' ("
            + spec.getName()
            + ") is not in the model"
            + dev.lectern.schemas.config.Nearest.hint(spec.getOutput(), known));
  }

  /** Compares shape and type of a warm-up batch's output. */
  void output(RecordedTensor spec, int batchSize, long[] found, String type) {
    long[] expected = TeacherOutputs.batchShape(spec, batchSize);
    if (!Arrays.equals(found, expected)) {
      problem(
          "output '"
              + spec.getOutput()
              + "' ("
              + spec.getName()
              + "): found "
              + Arrays.toString(found)
              + ", expected "
              + Arrays.toString(expected));
    }
    if (!type.equalsIgnoreCase("float") && !type.equalsIgnoreCase("float32")) {
      problem("output '" + spec.getOutput() + "': found " + type + " numbers, expected float32");
    }
  }

  /**
   * @throws UserMistakeException if there was any problem
   */
  void done() {
    if (!problems.isEmpty()) {
      throw new UserMistakeException(
          "model "
              + model
              + " is not what its teacher descriptor says: "
              + String.join("; ", problems));
    }
  }
}
