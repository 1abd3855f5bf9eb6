package dev.lectern.teacher.model;

import dev.lectern.schemas.descriptor.TensorRole;
import dev.lectern.schemas.tensor.Tensor;
import java.util.List;
import java.util.Optional;

/** What must hold of detections: labels are classes, scores are probabilities. */
public final class DetectionCheck {
  /** What encodings and exports may round off. */
  private static final double ROUNDING = 1e-3;

  private DetectionCheck() {}

  /**
   * What is wrong with the rows of a view that count. A label beside a score of 0 is padding, and
   * so is a negative one beside a negative score.
   *
   * @param instances all tensors of the kind
   * @param classes K
   * @return empty if nothing is wrong, also where instances are no detections
   */
  public static Optional<String> problem(List<Tensor> instances, int classes) {
    Optional<float[]> counts = numbers(instances, TensorRole.INSTANCE_COUNT);
    Optional<float[]> labels = numbers(instances, TensorRole.INSTANCE_LABELS);
    Optional<float[]> scores = numbers(instances, TensorRole.INSTANCE_SCORES);
    if (counts.isEmpty() || labels.isEmpty() || scores.isEmpty()) {
      return Optional.empty();
    }
    for (int row = 0; row < Math.round(counts.get()[0]); row++) {
      float score = scores.get()[row];
      float label = labels.get()[row];
      if (label < 0 && score <= 0) {
        continue;
      }
      if (!(score >= -ROUNDING && score <= 1 + ROUNDING)) {
        return found(TensorRole.INSTANCE_SCORES, row, score, "a probability");
      }
      int nearest = Math.round(label);
      boolean isClass = nearest >= 0 && nearest < classes && Math.abs(label - nearest) <= ROUNDING;
      if (score > 0 && !isClass) {
        return found(TensorRole.INSTANCE_LABELS, row, label, "a class, 0 to " + (classes - 1));
      }
    }
    return Optional.empty();
  }

  private static Optional<float[]> numbers(List<Tensor> instances, TensorRole role) {
    return instances.stream()
        .filter(tensor -> tensor.name().equals(role.prefix()))
        .findFirst()
        .map(Tensor::toArray);
  }

  private static Optional<String> found(TensorRole role, int row, float number, String expected) {
    return Optional.of(
        "tensor " + role.prefix() + " row " + row + ": found " + number + ", expected " + expected);
  }
}
