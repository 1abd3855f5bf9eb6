package dev.lectern.trainer.loss;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import java.util.stream.IntStream;

/**
 * Decoupled features: foreground and background of a map imitated separately.
 *
 * <pre>
 *   neck, one level   foreground = w_fg · Σ_fg (s - t)² / max(1, 2 · C · n_fg), background likewise
 *   head              τ² · Σ KL(teacher ‖ student) / count, over object proposals and over background
 * </pre>
 *
 * <p>Guo et al. 2021 (arXiv:2103.14475), eq. 2 to 5; published for Faster R-CNN on VOC w_fg 3, w_bg
 * 12, head weights 2 and τ 1; levels are averaged. The localization distillation paper
 * (arXiv:2102.12252, section 4) compares 1 · mean_fg (s - t)² + 2 · mean_bg (s - t)², twice the sum
 * of the neck's losses of a level with these weights; its public code indexes the background with
 * foreground indices and fails.
 */
public final class DecoupledFeatureLoss {
  private DecoupledFeatureLoss() {}

  /**
   * Unweighted losses of one part and the other.
   *
   * @param foreground scalar
   * @param background scalar
   */
  public record Parts(NDArray foreground, NDArray background) {}

  /**
   * Features of one level.
   *
   * @param student (N, C, H, W), adapted
   * @param teacher (N, C, H, W), constant
   * @param foreground N * H * W flags, row-major over n, h, w
   */
  public static Parts features(NDArray student, NDArray teacher, boolean[] foreground) {
    boolean[] background = complement(foreground);
    return new Parts(
        FeatureImitationLoss.loss(student, teacher, foreground).mul(Constants.of(student, 0.5f)),
        FeatureImitationLoss.loss(student, teacher, background).mul(Constants.of(student, 0.5f)));
  }

  /**
   * Class logits of a second stage on the same proposals.
   *
   * @param studentLogits (P, K + 1)
   * @param teacherLogits (P, K + 1), constant
   * @param foreground P flags: proposals with an object
   * @param temperature τ
   */
  public static Parts classes(
      NDArray studentLogits, NDArray teacherLogits, boolean[] foreground, double temperature) {
    return new Parts(
        meanDivergence(studentLogits, teacherLogits, foreground, temperature),
        meanDivergence(studentLogits, teacherLogits, complement(foreground), temperature));
  }

  private static NDArray meanDivergence(
      NDArray student, NDArray teacher, boolean[] chosen, double temperature) {
    Shape shape = student.getShape();
    int[] rows = IntStream.range(0, (int) shape.get(0)).filter(i -> chosen[i]).toArray();
    if (rows.length == 0) {
      return Rows.zero(student);
    }
    return KullbackLeibler.perRow(Rows.take(student, rows), Rows.take(teacher, rows), temperature)
        .sum()
        .mul(Constants.of(student, (float) (temperature * temperature / rows.length)));
  }

  private static boolean[] complement(boolean[] flags) {
    boolean[] others = new boolean[flags.length];
    for (int i = 0; i < flags.length; i++) {
      others[i] = !flags[i];
    }
    return others;
  }
}
