package dev.lectern.trainer.view;

import dev.lectern.detector.box.DeltaDecoder;
import dev.lectern.schemas.descriptor.TensorRole;
import dev.lectern.schemas.record.Background;
import dev.lectern.schemas.record.BoxCoding;
import dev.lectern.schemas.record.ClassActivation;
import dev.lectern.schemas.record.ClassCoding;
import java.util.Arrays;
import java.util.Map;
import java.util.function.Predicate;

/**
 * The instances of a batch that a teacher gives: proposals with the outputs of its second stage,
 * queries, or detections. Plain numbers; rows beyond an image's count are never read.
 *
 * @param rows of every image, P
 * @param counts rows of each image that count
 * @param numbers by role, (N, P, ...) row-major
 * @param coding how class logits become probabilities; the background comes last
 * @param boxes how deltas or distributions are read; null where there are none
 * @param classes K of the student
 */
public record TeacherInstances(
    int rows,
    int[] counts,
    Map<TensorRole, float[]> numbers,
    ClassCoding coding,
    BoxCoding boxes,
    int classes) {
  /** Whether the teacher gives tensors of a role. */
  public boolean has(TensorRole role) {
    return numbers.containsKey(role);
  }

  /** Whether a second stage corrects the boxes, which are proposals then. */
  public boolean areProposals() {
    return has(TensorRole.INSTANCE_DELTAS);
  }

  /** Whether they are proposals with class logits of a softmax that has a background. */
  public boolean areOfTwoStages() {
    return areOfTwoStages(this::has, coding);
  }

  /**
   * The same of a teacher.
   *
   * @param has whether it gives tensors of a role
   * @param coding of its classes
   */
  public static boolean areOfTwoStages(Predicate<TensorRole> has, ClassCoding coding) {
    return has.test(TensorRole.INSTANCE_DELTAS)
        && has.test(TensorRole.INSTANCE_LOGITS)
        && coding.getActivation() == ClassActivation.SOFTMAX
        && coding.getBackground() != Background.NONE;
  }

  /** Class logits of a row: K, and the background's last where there is one. */
  public int logitColumns() {
    return classes + (coding.getBackground() == Background.NONE ? 0 : 1);
  }

  /** What stands in a row of a role. */
  public float[] row(TensorRole role, int image, int row, int columns) {
    int from = (image * rows + row) * columns;
    return Arrays.copyOfRange(numbers.get(role), from, from + columns);
  }

  /** Boxes of an image that count, (count, 4) xyxy pixels: proposals, queries or detections. */
  public float[] boxesOf(int image) {
    int from = 4 * image * rows;
    return Arrays.copyOfRange(
        numbers.get(TensorRole.INSTANCE_BOXES), from, from + 4 * counts[image]);
  }

  /** The final box of a row for a class, xyxy pixels. */
  public float[] box(int image, int row, int label) {
    float[] box = row(TensorRole.INSTANCE_BOXES, image, row, 4);
    if (!areProposals()) {
      return box;
    }
    int columns = numbers.get(TensorRole.INSTANCE_DELTAS).length / (counts.length * rows);
    float[] all = row(TensorRole.INSTANCE_DELTAS, image, row, columns);
    int first = columns == 4 ? 0 : 4 * label;
    double[] decoded =
        DeltaDecoder.of(boxes)
            .coder()
            .decode(
                new double[] {box[0], box[1], box[2], box[3]},
                new double[] {all[first], all[first + 1], all[first + 2], all[first + 3]});
    return new float[] {
      (float) decoded[0], (float) decoded[1], (float) decoded[2], (float) decoded[3]
    };
  }

  /** Probability of each class in a row, (K). */
  public double[] probabilities(int image, int row) {
    double[] probabilities = new double[classes];
    if (!has(TensorRole.INSTANCE_LOGITS)) {
      int label = Math.round(row(TensorRole.INSTANCE_LABELS, image, row, 1)[0]);
      if (label >= 0 && label < classes) {
        probabilities[label] = row(TensorRole.INSTANCE_SCORES, image, row, 1)[0];
      }
      return probabilities;
    }
    float[] logits = row(TensorRole.INSTANCE_LOGITS, image, row, logitColumns());
    if (coding.getActivation() == ClassActivation.SIGMOID) {
      for (int k = 0; k < classes; k++) {
        probabilities[k] = 1 / (1 + Math.exp(-logits[k]));
      }
      return probabilities;
    }
    double max = Double.NEGATIVE_INFINITY;
    for (float logit : logits) {
      max = Math.max(max, logit);
    }
    double sum = 0;
    for (float logit : logits) {
      sum += Math.exp(logit - max);
    }
    for (int k = 0; k < classes; k++) {
      probabilities[k] = Math.exp(logits[k] - max) / sum;
    }
    return probabilities;
  }

  /**
   * Logits whose sigmoids are the probabilities of a row's classes, (K); of a softmax those are z_k
   * - ln Σ over j ≠ k of e^z_j.
   */
  float[] independentLogits(int image, int row) {
    float[] logits = row(TensorRole.INSTANCE_LOGITS, image, row, logitColumns());
    float[] independent = Arrays.copyOf(logits, classes);
    if (coding.getActivation() == ClassActivation.SOFTMAX) {
      for (int k = 0; k < classes; k++) {
        independent[k] = (float) (logits[k] - logSumOfOthers(logits, k));
      }
    }
    return independent;
  }

  private static double logSumOfOthers(float[] logits, int left) {
    double max = Double.NEGATIVE_INFINITY;
    for (int j = 0; j < logits.length; j++) {
      max = j == left ? max : Math.max(max, logits[j]);
    }
    double sum = 0;
    for (int j = 0; j < logits.length; j++) {
      sum += j == left ? 0 : Math.exp(logits[j] - max);
    }
    return max + Math.log(sum);
  }

  /** The class with the largest probability in a row. */
  public int label(int image, int row) {
    double[] probabilities = probabilities(image, row);
    int best = 0;
    for (int k = 1; k < classes; k++) {
      best = probabilities[k] > probabilities[best] ? k : best;
    }
    return best;
  }
}
