package dev.lectern.golden;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import dev.lectern.trainer.assign.AreaMask;
import dev.lectern.trainer.distil.network.Affine;
import dev.lectern.trainer.distil.network.ContextBlock;
import dev.lectern.trainer.distil.network.NonLocalBlock;
import dev.lectern.trainer.loss.ActivationAttention;
import dev.lectern.trainer.loss.AttentionGuidedLoss;
import dev.lectern.trainer.loss.Constants;
import dev.lectern.trainer.loss.FocalGlobalLoss;
import java.util.Map;

/** Distillation guided by attention: Zhang and Ma, and FGD. */
final class AttentionCases {
  private AttentionCases() {}

  static Map<String, CaseRunner> runners() {
    return Map.of("fbkd", AttentionCases::attentionGuided, "fgd", AttentionCases::focalGlobal);
  }

  private static Answer attentionGuided(GoldenCase question) {
    return question.variant().equals("paper") ? printed(question) : official(question);
  }

  private static Answer printed(GoldenCase question) {
    AttentionGuidedLoss.Printed losses =
        AttentionGuidedLoss.paper(
            question.tensor("student"), question.tensor("teacher"), question.number("T"));
    NDArray masked = weighted(question, "alpha", losses.masked());
    NDArray attention = weighted(question, "beta", losses.attention());
    return Answer.loss(masked.add(attention))
        .scalar("loss_attention", attention)
        .scalar("loss_masked", masked);
  }

  private static Answer official(GoldenCase question) {
    NDArray student = question.tensor("student");
    NDArray teacher = question.tensor("teacher");
    AttentionGuidedLoss.Official losses =
        AttentionGuidedLoss.official(
            student,
            teacher,
            question.number("T"),
            new AttentionGuidedLoss.Adapters(
                affine(question, "s_adaptation_layers_")::convolve,
                affine(question, "s_channel_wise_adaptation_")::linear,
                affine(question, "s_spatial_wise_adaptation_")::convolve));
    Affine relate = affine(question, "s_non_local_adaptation_");
    NDArray ours = relate.convolve(nonLocal(question, "s_student_non_local_").apply(student));
    NDArray theirs = nonLocal(question, "t_teacher_non_local_").apply(teacher);
    NDArray feature = weighted(question, "mask_l2_weight", losses.feature());
    NDArray channel = weighted(question, "channel_weight", losses.channel());
    NDArray spatial = weighted(question, "spatial_weight", losses.spatial());
    NDArray relation =
        weighted(question, "nonlocal_weight", AttentionGuidedLoss.distance(theirs, ours));
    return Answer.loss(feature.add(channel).add(spatial).add(relation))
        .scalar("loss_feat", feature)
        .scalar("loss_channel", channel)
        .scalar("loss_spatial", spatial)
        .scalar("loss_nonlocal", relation)
        .floats("spatial_mask", losses.mask())
        .floats("relation_student", ours)
        .floats("relation_teacher", theirs);
  }

  private static NDArray weighted(GoldenCase question, String weight, NDArray loss) {
    return loss.mul(Constants.of(loss, question.number(weight)));
  }

  private static NonLocalBlock nonLocal(GoldenCase question, String prefix) {
    String nested = question.has(prefix + "g_conv_weight") ? "" : "0_0_";
    return new NonLocalBlock(
        affine(question, prefix + "theta_conv_"),
        affine(question, prefix + "phi_" + nested + "conv_"),
        affine(question, prefix + "g_" + nested + "conv_"),
        question.tensor(prefix + "conv_out_conv_weight"),
        question.tensor(prefix + "conv_out_bn_weight"),
        question.tensor(prefix + "conv_out_bn_bias"),
        question.integers("pool_chain"));
  }

  private static Affine affine(GoldenCase question, String prefix) {
    return new Affine(question.tensor(prefix + "weight"), question.tensor(prefix + "bias"));
  }

  private static Answer focalGlobal(GoldenCase question) {
    NDArray student =
        Adapters.convolved(question, question.tensor("student"), "p_align_weight", "p_align_bias");
    NDArray teacher = question.tensor("teacher");
    Shape shape = teacher.getShape();
    int area = (int) (shape.get(2) * shape.get(3));
    double[] image = question.numbers("image_hw");
    float[] on = new float[(int) shape.get(0) * area];
    float[] off = new float[on.length];
    for (int n = 0; n < shape.get(0); n++) {
      float[] mask =
          AreaMask.foreground(
              question.floats("gt_img" + n),
              image[0],
              image[1],
              (int) shape.get(2),
              (int) shape.get(3));
      System.arraycopy(mask, 0, on, n * area, area);
      System.arraycopy(AreaMask.background(mask), 0, off, n * area, area);
    }
    Shape masks = new Shape(shape.get(0), 1, shape.get(2), shape.get(3));
    double temperature = question.number("temp");
    FocalGlobalLoss.Parts parts =
        FocalGlobalLoss.losses(
            student,
            teacher,
            question.manager().create(on, masks),
            question.manager().create(off, masks),
            temperature,
            context(question, "s")::apply,
            context(question, "t")::apply);
    NDArray loss =
        weighted(question, "alpha", parts.foreground())
            .add(weighted(question, "beta", parts.background()))
            .add(weighted(question, "gamma", parts.attention()))
            .add(weighted(question, "lambda_", parts.relation()));
    return Answer.loss(loss)
        .scalar("loss_fg_raw", parts.foreground())
        .scalar("loss_bg_raw", parts.background())
        .scalar("loss_mask_raw", parts.attention())
        .scalar("loss_relation_raw", parts.relation())
        .floats("mask_fg", on)
        .floats("mask_bg", off)
        .floats(
            "attention_spatial_teacher",
            ActivationAttention.spatial(ActivationAttention.spatialMean(teacher), temperature))
        .floats(
            "attention_channel_teacher",
            ActivationAttention.channel(ActivationAttention.channelMean(teacher), temperature));
  }

  private static ContextBlock context(GoldenCase question, String side) {
    String add = "p_channel_add_conv_" + side;
    return new ContextBlock(
        affine(question, "p_conv_mask_" + side + "_"),
        affine(question, add + "_0_"),
        question.tensor(add + "_1_weight"),
        question.tensor(add + "_1_bias"),
        affine(question, add + "_3_"));
  }
}
