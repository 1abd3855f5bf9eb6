package dev.lectern.trainer.loss;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;

/**
 * General instance distillation: features, relations and responses at the positions where teacher
 * and student disagree most.
 *
 * <pre>
 *   feature   Σ (t - s)² / max(1, G·h·w)             paper: mean_i ‖ t_i - s_i ‖₂
 *   relation  D_ij = ‖ f_i - f_j ‖, divided by its mean over i ≠ j
 *             Σ_{i≠j} smoothL1(D_s - D_t) / (G² - G), 0 for G &lt; 3     paper: the plain sum
 *   response  Σ_mask loss(s, t) / max(1, #mask)
 * </pre>
 *
 * <p>Dai et al. 2021 (arXiv:2103.02340), eq. 3 to 8; the first form of each is the authors'
 * reproduction. Weights 5e-4, 40, 0.1 and 1.
 */
public final class GeneralInstanceLoss {
  /** How two tensors are compared element by element. */
  @FunctionalInterface
  public interface Comparison {
    /** |s - t|. */
    Comparison L1 = (student, teacher) -> student.sub(teacher).abs();

    /** (s - t)². */
    Comparison L2 = (student, teacher) -> student.sub(teacher).square();

    /** Binary cross entropy of s against sigmoid(t). */
    Comparison CROSS_ENTROPY =
        (student, teacher) ->
            student
                .getNDArrayInternal()
                .softPlus()
                .sub(student.mul(teacher.getNDArrayInternal().sigmoid()));

    /** d² / 2β where d = |s - t| is below β, else d - β / 2; {@link #L1} for a β of 0. */
    static Comparison smoothL1(double beta) {
      if (beta == 0) {
        return L1;
      }
      return (student, teacher) -> {
        NDArray size = student.sub(teacher).abs();
        NDArray capped = size.minimum(Constants.of(size, beta));
        return capped.square().mul(Constants.of(size, 0.5 / beta)).add(size.sub(capped));
      };
    }

    /**
     * Compares.
     *
     * @param teacher same shape as student, constant
     * @return the same shape
     */
    NDArray of(NDArray student, NDArray teacher);
  }

  private static final float MIN_SQUARE = 1e-12f;
  private static final int FEWEST = 3;

  private GeneralInstanceLoss() {}

  /**
   * Features of instances as the reproduction compares them.
   *
   * @param student (G, C, h, w)
   * @param teacher (G, C, h, w), constant
   * @return scalar; 0 without instances
   */
  public static NDArray features(NDArray student, NDArray teacher, Comparison comparison) {
    if (student.size() == 0) {
      return Rows.zero(student);
    }
    Shape shape = student.getShape();
    double cells = (double) shape.get(0) * shape.get(2) * shape.get(3);
    return comparison
        .of(student, teacher.stopGradient())
        .sum()
        .mul(Constants.of(student, (float) (1 / cells)));
  }

  /**
   * Features of instances as printed.
   *
   * @param student (G, C, h, w)
   * @param teacher (G, C, h, w), constant
   */
  public static NDArray featuresAsPrinted(NDArray student, NDArray teacher) {
    if (student.size() == 0) {
      return Rows.zero(student);
    }
    NDArray difference = student.sub(teacher.stopGradient());
    return difference
        .reshape(difference.getShape().get(0), -1)
        .square()
        .sum(new int[] {1})
        .maximum(Constants.of(student, MIN_SQUARE))
        .sqrt()
        .mean();
  }

  /** Relations between instances, compared by smooth L1 with β = 1 as published. */
  public static NDArray relations(NDArray student, NDArray teacher, Variant variant) {
    return relations(student, teacher, Comparison.smoothL1(1), variant);
  }

  /**
   * Relations between instances.
   *
   * @param student (G, C, h, w); the instances of one set
   * @param teacher (G, C, h, w), constant
   * @param comparison of relations
   * @param variant official divides by the number of pairs
   * @return scalar; 0 for fewer than three instances
   */
  public static NDArray relations(
      NDArray student, NDArray teacher, Comparison comparison, Variant variant) {
    long count = student.getShape().get(0);
    if (count < FEWEST) {
      return Rows.zero(student);
    }
    NDArray others = student.getManager().ones(new Shape(count, count));
    others = others.sub(student.getManager().eye((int) count));
    float pairs = count * (count - 1);
    NDArray ours = distances(student, others, pairs);
    NDArray theirs = distances(teacher.stopGradient(), others, pairs);
    NDArray sum = comparison.of(ours, theirs).mul(others).sum();
    return variant == Variant.OFFICIAL ? sum.mul(Constants.of(student, 1 / pairs)) : sum;
  }

  /**
   * Responses at chosen rows.
   *
   * @param student (R, C) class logits or box deltas
   * @param teacher (R, C), constant
   * @param mask R flags
   * @return scalar; 0 when no row is chosen
   */
  public static NDArray responses(
      NDArray student, NDArray teacher, boolean[] mask, Comparison comparison) {
    float[] flags = new float[mask.length];
    int chosen = 0;
    for (int i = 0; i < mask.length; i++) {
      if (mask[i]) {
        flags[i] = 1;
        chosen++;
      }
    }
    if (chosen == 0) {
      return Rows.zero(student);
    }
    NDArray rows = student.getManager().create(flags, new Shape(mask.length, 1));
    return comparison
        .of(student, teacher.stopGradient())
        .mul(rows)
        .sum()
        .mul(Constants.of(student, 1f / chosen));
  }

  /** Pairwise distances over their mean, (G, G); the diagonal is without meaning. */
  private static NDArray distances(NDArray instances, NDArray others, float pairs) {
    NDArray flat = instances.reshape(instances.getShape().get(0), -1);
    NDArray squares = flat.square().sum(new int[] {1}, true);
    NDArray products = flat.matMul(flat.transpose());
    NDArray squared =
        squares
            .add(squares.transpose())
            .sub(products.mul(Constants.of(instances, 2f)))
            .maximum(Constants.of(instances, MIN_SQUARE));
    NDArray distances = squared.sqrt();
    return distances.div(distances.mul(others).sum().mul(Constants.of(instances, 1 / pairs)));
  }
}
