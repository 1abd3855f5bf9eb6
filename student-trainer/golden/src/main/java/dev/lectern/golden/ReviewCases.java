package dev.lectern.golden;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import dev.lectern.trainer.assign.AreaMask;
import dev.lectern.trainer.distil.network.Affine;
import dev.lectern.trainer.distil.network.AttentionFusion;
import dev.lectern.trainer.distil.network.AttentionFusion.Fused;
import dev.lectern.trainer.distil.network.GatedFusion;
import dev.lectern.trainer.loss.BatchNormalization;
import dev.lectern.trainer.loss.Constants;
import dev.lectern.trainer.loss.HierarchicalContextLoss;
import dev.lectern.trainer.loss.KnowledgeReviewLoss;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;

/** Review of coarser levels: ReviewKD and our reconstruction of KRD. */
final class ReviewCases {
  private ReviewCases() {}

  static Map<String, CaseRunner> runners() {
    return Map.of(
        "reviewkd", ReviewCases::review,
        "reviewkd_abf", ReviewCases::fusion,
        "reviewkd_hcl", ReviewCases::context,
        "krd", ReviewCases::reviewAndDecouple);
  }

  private static CaseResult context(GoldenCase golden) {
    NDArray sum = null;
    for (int l = 0; golden.has("student_l" + l); l++) {
      NDArray loss =
          HierarchicalContextLoss.loss(
              golden.tensor("student_l" + l), golden.tensor("teacher_l" + l));
      sum = sum == null ? loss : sum.add(loss);
    }
    return CaseResult.loss(sum);
  }

  private static CaseResult fusion(GoldenCase golden) {
    AttentionFusion.Weights weights = weights(golden, "p_");
    Fused fused =
        golden.flag("fuse")
            ? AttentionFusion.finer(golden.tensor("x"), golden.tensor("y"), weights)
            : AttentionFusion.coarsest(golden.tensor("x"), weights);
    NDArray loss =
        fused
            .out()
            .mul(golden.tensor("probe_out"))
            .sum()
            .add(fused.residual().mul(golden.tensor("probe_res")).sum());
    return CaseResult.loss(loss).floats("out", fused.out()).floats("residual", fused.residual());
  }

  private static CaseResult review(GoldenCase golden) {
    int levels = levels(golden);
    CaseResult result = new CaseResult();
    NDArray sum = null;
    NDArray residual = null;
    for (int l = levels - 1; l >= 0; l--) {
      AttentionFusion.Weights weights = weights(golden, "p_abfs_" + (levels - 1 - l) + "_");
      NDArray level = golden.tensor("student_l" + l);
      Fused fused =
          residual == null
              ? AttentionFusion.coarsest(level, weights)
              : AttentionFusion.finer(level, residual, weights);
      residual = fused.residual();
      result.floats("fused_l" + l, fused.out());
      NDArray loss = HierarchicalContextLoss.loss(fused.out(), golden.tensor("teacher_l" + l));
      sum = sum == null ? loss : sum.add(loss);
    }
    return result.scalar("loss", sum.mul(Constants.of(sum, golden.number("loss_weight"))));
  }

  private static AttentionFusion.Weights weights(GoldenCase golden, String prefix) {
    Optional<Affine> gate =
        golden.has(prefix + "att_conv_0_weight")
            ? Optional.of(
                new Affine(
                    golden.tensor(prefix + "att_conv_0_weight"),
                    golden.tensor(prefix + "att_conv_0_bias")))
            : Optional.empty();
    return new AttentionFusion.Weights(
        golden.tensor(prefix + "conv1_0_weight"),
        norm(golden, prefix + "conv1_1_"),
        gate,
        golden.tensor(prefix + "conv2_0_weight"),
        norm(golden, prefix + "conv2_1_"));
  }

  private static UnaryOperator<NDArray> norm(GoldenCase golden, String prefix) {
    NDArray gamma = golden.tensor(prefix + "weight");
    NDArray beta = golden.tensor(prefix + "bias");
    if (!golden.has(prefix + "running_mean")) {
      return x -> BatchNormalization.normalize(x, gamma, beta);
    }
    NDArray mean = golden.tensor(prefix + "running_mean").reshape(1, -1, 1, 1);
    NDArray deviation =
        golden.tensor(prefix + "running_var").add(1e-5f).sqrt().reshape(1, -1, 1, 1);
    return x ->
        x.sub(mean).div(deviation).mul(gamma.reshape(1, -1, 1, 1)).add(beta.reshape(1, -1, 1, 1));
  }

  private static CaseResult reviewAndDecouple(GoldenCase golden) {
    int levels = levels(golden);
    List<NDArray> student = new ArrayList<>();
    List<GatedFusion.Weights> weights = new ArrayList<>();
    for (int l = 0; l < levels; l++) {
      student.add(golden.tensor("student_l" + l));
      weights.add(reviewWeights(golden, "p_" + l + "_"));
    }
    List<NDArray> fused = GatedFusion.fuse(student, weights);
    CaseResult result = new CaseResult();
    NDArray foreground = null;
    NDArray background = null;
    for (int l = 0; l < levels; l++) {
      NDArray covered = covered(golden, fused.get(l).getShape());
      NDArray free = covered.neg().add(1f);
      result.floats("fused_l" + l, fused.get(l)).floats("mask_fg_l" + l, covered);
      NDArray teacher = golden.tensor("teacher_l" + l);
      double temperature = golden.number("temp");
      NDArray on = KnowledgeReviewLoss.similarity(fused.get(l), teacher, covered, temperature);
      NDArray off = KnowledgeReviewLoss.similarity(fused.get(l), teacher, free, temperature);
      foreground = foreground == null ? on : foreground.add(on);
      background = background == null ? off : background.add(off);
    }
    NDArray loss =
        foreground
            .mul(Constants.of(foreground, golden.number("alpha_fg")))
            .add(background.mul(Constants.of(background, golden.number("beta_bg"))));
    return result.scalar("loss_fg", foreground).scalar("loss_bg", background).scalar("loss", loss);
  }

  private static GatedFusion.Weights reviewWeights(GoldenCase golden, String prefix) {
    Optional<GatedFusion.Gates> gates =
        golden.has(prefix + "att_weight")
            ? Optional.of(
                new GatedFusion.Gates(
                    affine(golden, prefix + "att_"),
                    affine(golden, prefix + "fc1_"),
                    affine(golden, prefix + "fc2_")))
            : Optional.empty();
    return new GatedFusion.Weights(
        golden.tensor(prefix + "conv1_weight"),
        norm(golden, prefix + "bn1_"),
        gates,
        golden.tensor(prefix + "conv2_weight"),
        norm(golden, prefix + "bn2_"));
  }

  private static Affine affine(GoldenCase golden, String prefix) {
    return new Affine(golden.tensor(prefix + "weight"), golden.tensor(prefix + "bias"));
  }

  private static NDArray covered(GoldenCase golden, Shape shape) {
    int height = (int) shape.get(2);
    int width = (int) shape.get(3);
    double[] image = golden.numbers("image_hw");
    float[] flags = new float[(int) shape.get(0) * height * width];
    for (int n = 0; n < shape.get(0); n++) {
      float[] mask =
          AreaMask.foreground(golden.floats("gt_img" + n), image[0], image[1], height, width);
      for (int i = 0; i < mask.length; i++) {
        flags[n * mask.length + i] = mask[i] > 0 ? 1 : 0;
      }
    }
    return golden.manager().create(flags, new Shape(shape.get(0), 1, height, width));
  }

  private static int levels(GoldenCase golden) {
    int levels = 0;
    while (golden.has("student_l" + levels)) {
      levels++;
    }
    return levels;
  }
}
