package dev.lectern.teacher.model;

import dev.lectern.schemas.config.UserMistakeException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;

/** Collects every way in which a model is not what its descriptor says. */
final class OutputCheck {
  private final Path model;
  private final List<String> problems = new ArrayList<>();

  OutputCheck(Path model) {
    this.model = model;
  }

  void problem(String text) {
    problems.add(text);
  }

  void missing(TensorSpec spec, Collection<String> known) {
    problem(
        "output '"
            + spec.output()
            + "' ("
            + spec.name()
            + ") is not in the model"
            + dev.lectern.schemas.config.Nearest.hint(spec.output(), known));
  }

  /** Compares shape and type of a warm-up batch's output. */
  void output(TensorSpec spec, int batchSize, long[] found, String type) {
    long[] expected = spec.batchShape(batchSize);
    if (!Arrays.equals(found, expected)) {
      problem(
          "output '"
              + spec.output()
              + "' ("
              + spec.name()
              + "): found "
              + Arrays.toString(found)
              + ", expected "
              + Arrays.toString(expected));
    }
    if (!type.equalsIgnoreCase("float") && !type.equalsIgnoreCase("float32")) {
      problem("output '" + spec.output() + "': found " + type + " numbers, expected float32");
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
