package dev.lectern.teacher.model;

import dev.lectern.schemas.config.Nearest;
import dev.lectern.schemas.config.UserMistakeException;
import dev.lectern.schemas.record.RecordedTensor;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.stream.Collectors;

/** Collects every difference between a model and its descriptor. */
final class OutputCheck {
  /** Inner tensors that a message lists. */
  private static final int SHOWN = 8;

  private final Path model;
  private final List<String> problems = new ArrayList<>();

  /** Whether a message has said what there is. */
  private boolean listed;

  OutputCheck(Path model) {
    this.model = model;
  }

  void problem(String text) {
    problems.add(text);
  }

  /**
   * An output that is not there.
   *
   * @param outputs that are
   * @param inner tensors that can be asked for too
   */
  void missing(RecordedTensor spec, Collection<String> outputs, Collection<String> inner) {
    List<String> known = new ArrayList<>(outputs);
    known.addAll(inner);
    problem(
        "output '"
            + spec.getOutput()
            + "' ("
            + spec.getName()
            + ") is not in the model"
            + Nearest.hint(spec.getOutput(), known)
            + (listed
                ? ""
                : ", it has "
                    + String.join(", ", outputs)
                    + (inner.isEmpty() ? "" : " and the inner tensors " + some(inner))));
    listed = true;
  }

  private static String some(Collection<String> names) {
    return names.stream().limit(SHOWN).collect(Collectors.joining(", "))
        + (names.size() > SHOWN ? " and " + (names.size() - SHOWN) + " more" : "");
  }

  /** An output that is not a tensor. */
  void noTensor(RecordedTensor spec, String found) {
    problem(
        "output '"
            + spec.getOutput()
            + "' ("
            + spec.getName()
            + "): found "
            + found
            + ", expected a tensor: export the model with tensors as outputs");
  }

  /** Compares shape and type of a warm-up batch's output. */
  void output(
      RecordedTensor spec, OutputConversion conversion, int batchSize, long[] found, String type) {
    if (!conversion.fits(found, batchSize)) {
      problem(
          "output '"
              + spec.getOutput()
              + "' ("
              + spec.getName()
              + "): found "
              + Arrays.toString(found)
              + ", expected "
              + conversion.expected(batchSize).stream()
                  .map(Arrays::toString)
                  .distinct()
                  .collect(Collectors.joining(" or ")));
    }
    boolean isWhole = type.equalsIgnoreCase("int64") || type.equalsIgnoreCase("int32");
    if (!type.equalsIgnoreCase("float")
        && !type.equalsIgnoreCase("float32")
        && (conversion.isFixed() || !isWhole)) {
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
              + String.join("; ", problems)
              + "; 'lectern model "
              + model
              + "' shows what it holds");
    }
  }
}
