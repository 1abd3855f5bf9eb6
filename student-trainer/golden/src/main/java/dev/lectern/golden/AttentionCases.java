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

  private static CaseResult attentionGuided(GoldenCase golden) {
    return golden.variant().equals("paper") ? printed(golden) : official(golden);
  }

  private static CaseResult printed(GoldenCase golden) {
    AttentionGuidedLoss.Printed losses =
        AttentionGuidedLoss.paper(
            golden.tensor("student"), golden.tensor("teacher"), golden.number("T"));
    NDArray masked = weighted(golden, "alpha", losses.masked());
    NDArray attention = weighted(golden, "beta", losses.attention());
    return CaseResult.loss(masked.add(attention))
        .scalar("loss_attention", attention)
        .scalar("loss_masked", masked);
  }

  private static CaseResult official(GoldenCase golden) {
    NDArray student = golden.tensor("student");
    NDArray teacher = golden.tensor("teacher");
    AttentionGuidedLoss.Official losses =
        AttentionGuidedLoss.official(
            student,
            teacher,
            golden.number("T"),
            new AttentionGuidedLoss.Adapters(
                affine(golden, "s_adaptation_layers_")::convolve,
                affine(golden, "s_channel_wise_adaptation_")::linear,
                affine(golden, "s_spatial_wise_adaptation_")::convolve));
    Affine relate = affine(golden, "s_non_local_adaptation_");
    NDArray ours = relate.convolve(nonLocal(golden, "s_student_non_local_").apply(student));
    NDArray theirs = nonLocal(golden, "t_teacher_non_local_").apply(teacher);
    NDArray feature = weighted(golden, "mask_l2_weight", losses.feature());
    NDArray channel = weighted(golden, "channel_weight", losses.channel());
    NDArray spatial = weighted(golden, "spatial_weight", losses.spatial());
    NDArray relation =
        weighted(golden, "nonlocal_weight", AttentionGuidedLoss.distance(theirs, ours));
    return CaseResult.loss(feature.add(channel).add(spatial).add(relation))
        .scalar("loss_feat", feature)
        .scalar("loss_channel", channel)
        .scalar("loss_spatial", spatial)
        .scalar("loss_nonlocal", relation)
        .floats("spatial_mask", losses.mask())
        .floats("relation_student", ours)
        .floats("relation_teacher", theirs);
  }

  private static NDArray weighted(GoldenCase golden, String weight, NDArray loss) {
    return loss.mul(Constants.of(loss, golden.number(weight)));
  }

  private static NonLocalBlock nonLocal(GoldenCase golden, String prefix) {
    String nested = golden.has(prefix + "g_conv_weight") ? "" : "0_0_";
    return new NonLocalBlock(
        affine(golden, prefix + "theta_conv_"),
        affine(golden, prefix + "phi_" + nested + "conv_"),
        affine(golden, prefix + "g_" + nested + "conv_"),
        golden.tensor(prefix + "conv_out_conv_weight"),
        golden.tensor(prefix + "conv_out_bn_weight"),
        golden.tensor(prefix + "conv_out_bn_bias"),
        golden.integers("pool_chain"));
  }

  private static Affine affine(GoldenCase golden, String prefix) {
    return new Affine(golden.tensor(prefix + "weight"), golden.tensor(prefix + "bias"));
  }

  private static CaseResult focalGlobal(GoldenCase golden) {
    NDArray student =
        Adapters.convolved(golden, golden.tensor("student"), "p_align_weight", "p_align_bias");
    NDArray teacher = golden.tensor("teacher");
    Shape shape = teacher.getShape();
    int area = (int) (shape.get(2) * shape.get(3));
    double[] image = golden.numbers("image_hw");
    float[] on = new float[(int) shape.get(0) * area];
    float[] off = new float[on.length];
    for (int n = 0; n < shape.get(0); n++) {
      float[] mask =
          AreaMask.foreground(
              golden.floats("gt_img" + n),
              image[0],
              image[1],
              (int) shape.get(2),
              (int) shape.get(3));
      System.arraycopy(mask, 0, on, n * area, area);
      System.arraycopy(AreaMask.background(mask), 0, off, n * area, area);
    }
    Shape masks = new Shape(shape.get(0), 1, shape.get(2), shape.get(3));
    double temperature = golden.number("temp");
    FocalGlobalLoss.Parts parts =
        FocalGlobalLoss.losses(
            student,
            teacher,
            golden.manager().create(on, masks),
            golden.manager().create(off, masks),
            temperature,
            context(golden, "s")::apply,
            context(golden, "t")::apply);
    NDArray loss =
        weighted(golden, "alpha", parts.foreground())
            .add(weighted(golden, "beta", parts.background()))
            .add(weighted(golden, "gamma", parts.attention()))
            .add(weighted(golden, "lambda_", parts.relation()));
    return CaseResult.loss(loss)
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

  private static ContextBlock context(GoldenCase golden, String side) {
    String add = "p_channel_add_conv_" + side;
    return new ContextBlock(
        affine(golden, "p_conv_mask_" + side + "_"),
        affine(golden, add + "_0_"),
        golden.tensor(add + "_1_weight"),
        golden.tensor(add + "_1_bias"),
        affine(golden, add + "_3_"));
  }
}
