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

  private static Answer context(GoldenCase question) {
    NDArray sum = null;
    for (int l = 0; question.has("student_l" + l); l++) {
      NDArray loss =
          HierarchicalContextLoss.loss(
              question.tensor("student_l" + l), question.tensor("teacher_l" + l));
      sum = sum == null ? loss : sum.add(loss);
    }
    return Answer.loss(sum);
  }

  private static Answer fusion(GoldenCase question) {
    AttentionFusion.Weights weights = weights(question, "p_");
    Fused fused =
        question.flag("fuse")
            ? AttentionFusion.finer(question.tensor("x"), question.tensor("y"), weights)
            : AttentionFusion.coarsest(question.tensor("x"), weights);
    NDArray loss =
        fused
            .out()
            .mul(question.tensor("probe_out"))
            .sum()
            .add(fused.residual().mul(question.tensor("probe_res")).sum());
    return Answer.loss(loss).floats("out", fused.out()).floats("residual", fused.residual());
  }

  private static Answer review(GoldenCase question) {
    int levels = levels(question);
    Answer answer = new Answer();
    NDArray sum = null;
    NDArray residual = null;
    for (int l = levels - 1; l >= 0; l--) {
      AttentionFusion.Weights weights = weights(question, "p_abfs_" + (levels - 1 - l) + "_");
      NDArray level = question.tensor("student_l" + l);
      Fused fused =
          residual == null
              ? AttentionFusion.coarsest(level, weights)
              : AttentionFusion.finer(level, residual, weights);
      residual = fused.residual();
      answer.floats("fused_l" + l, fused.out());
      NDArray loss = HierarchicalContextLoss.loss(fused.out(), question.tensor("teacher_l" + l));
      sum = sum == null ? loss : sum.add(loss);
    }
    return answer.scalar("loss", sum.mul(Constants.of(sum, question.number("loss_weight"))));
  }

  private static AttentionFusion.Weights weights(GoldenCase question, String prefix) {
    Optional<Affine> gate =
        question.has(prefix + "att_conv_0_weight")
            ? Optional.of(
                new Affine(
                    question.tensor(prefix + "att_conv_0_weight"),
                    question.tensor(prefix + "att_conv_0_bias")))
            : Optional.empty();
    return new AttentionFusion.Weights(
        question.tensor(prefix + "conv1_0_weight"),
        norm(question, prefix + "conv1_1_"),
        gate,
        question.tensor(prefix + "conv2_0_weight"),
        norm(question, prefix + "conv2_1_"));
  }

  private static UnaryOperator<NDArray> norm(GoldenCase question, String prefix) {
    NDArray gamma = question.tensor(prefix + "weight");
    NDArray beta = question.tensor(prefix + "bias");
    if (!question.has(prefix + "running_mean")) {
      return x -> BatchNormalization.normalize(x, gamma, beta);
    }
    NDArray mean = question.tensor(prefix + "running_mean").reshape(1, -1, 1, 1);
    NDArray deviation =
        question.tensor(prefix + "running_var").add(1e-5f).sqrt().reshape(1, -1, 1, 1);
    return x ->
        x.sub(mean).div(deviation).mul(gamma.reshape(1, -1, 1, 1)).add(beta.reshape(1, -1, 1, 1));
  }

  private static Answer reviewAndDecouple(GoldenCase question) {
    int levels = levels(question);
    List<NDArray> student = new ArrayList<>();
    List<GatedFusion.Weights> weights = new ArrayList<>();
    for (int l = 0; l < levels; l++) {
      student.add(question.tensor("student_l" + l));
      weights.add(reviewWeights(question, "p_" + l + "_"));
    }
    List<NDArray> fused = GatedFusion.fuse(student, weights);
    Answer answer = new Answer();
    NDArray foreground = null;
    NDArray background = null;
    for (int l = 0; l < levels; l++) {
      NDArray covered = covered(question, fused.get(l).getShape());
      NDArray free = covered.neg().add(1f);
      answer.floats("fused_l" + l, fused.get(l)).floats("mask_fg_l" + l, covered);
      NDArray teacher = question.tensor("teacher_l" + l);
      double temperature = question.number("temp");
      NDArray on = KnowledgeReviewLoss.similarity(fused.get(l), teacher, covered, temperature);
      NDArray off = KnowledgeReviewLoss.similarity(fused.get(l), teacher, free, temperature);
      foreground = foreground == null ? on : foreground.add(on);
      background = background == null ? off : background.add(off);
    }
    NDArray loss =
        foreground
            .mul(Constants.of(foreground, question.number("alpha_fg")))
            .add(background.mul(Constants.of(background, question.number("beta_bg"))));
    return answer.scalar("loss_fg", foreground).scalar("loss_bg", background).scalar("loss", loss);
  }

  private static GatedFusion.Weights reviewWeights(GoldenCase question, String prefix) {
    Optional<GatedFusion.Gates> gates =
        question.has(prefix + "att_weight")
            ? Optional.of(
                new GatedFusion.Gates(
                    affine(question, prefix + "att_"),
                    affine(question, prefix + "fc1_"),
                    affine(question, prefix + "fc2_")))
            : Optional.empty();
    return new GatedFusion.Weights(
        question.tensor(prefix + "conv1_weight"),
        norm(question, prefix + "bn1_"),
        gates,
        question.tensor(prefix + "conv2_weight"),
        norm(question, prefix + "bn2_"));
  }

  private static Affine affine(GoldenCase question, String prefix) {
    return new Affine(question.tensor(prefix + "weight"), question.tensor(prefix + "bias"));
  }

  private static NDArray covered(GoldenCase question, Shape shape) {
    int height = (int) shape.get(2);
    int width = (int) shape.get(3);
    double[] image = question.numbers("image_hw");
    float[] flags = new float[(int) shape.get(0) * height * width];
    for (int n = 0; n < shape.get(0); n++) {
      float[] mask =
          AreaMask.foreground(question.floats("gt_img" + n), image[0], image[1], height, width);
      for (int i = 0; i < mask.length; i++) {
        flags[n * mask.length + i] = mask[i] > 0 ? 1 : 0;
      }
    }
    return question.manager().create(flags, new Shape(shape.get(0), 1, height, width));
  }

  private static int levels(GoldenCase question) {
    int levels = 0;
    while (question.has("student_l" + levels)) {
      levels++;
    }
    return levels;
  }
}
