package dev.lectern.golden;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Activation;
import ai.djl.nn.convolutional.Conv2d;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.jni.JniUtils;
import dev.lectern.trainer.distil.network.Affine;
import dev.lectern.trainer.distil.network.SpectralDiscriminator;
import dev.lectern.trainer.loss.AdversarialLoss;
import dev.lectern.trainer.loss.BatchNormalization;
import dev.lectern.trainer.loss.GradientPenalty;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/** Holistic distillation: the discriminator, its terms and its gradient penalty. */
final class HolisticCases {
  private HolisticCases() {}

  static Map<String, CaseRunner> runners() {
    return Map.of(
        "holistic_adv", HolisticCases::terms,
        "holistic_discriminator", HolisticCases::discriminator,
        "holistic_gp", HolisticCases::penalty);
  }

  private static CaseResult terms(GoldenCase golden) {
    NDArray student = golden.tensor("d_student");
    NDArray teacher = golden.tensor("d_teacher");
    NDArray discriminator =
        golden.text("type").equals("hinge")
            ? AdversarialLoss.hinge(student, teacher)
            : AdversarialLoss.wasserstein(student, teacher);
    return CaseResult.loss(AdversarialLoss.student(student)).scalar("loss_d", discriminator);
  }

  private static CaseResult discriminator(GoldenCase golden) {
    NDArray x = golden.tensor("x");
    NDArray prepared =
        golden.integer("preprocess_GAN_mode") == 1
            ? BatchNormalization.normalize(x, golden.tensor("bn_w"), golden.tensor("bn_b"))
            : Activation.tanh(x);
    SpectralDiscriminator discriminator =
        new SpectralDiscriminator(
            IntStream.rangeClosed(1, 4).mapToObj(i -> block(golden, "l" + i + "_")).toList(),
            attention(golden, "attn1_"),
            attention(golden, "attn2_"),
            affine(golden, "last_"));
    NDArray scores = discriminator.score(prepared);
    return CaseResult.loss(AdversarialLoss.student(scores)).floats("d_out", scores);
  }

  private static SpectralDiscriminator.Block block(GoldenCase golden, String prefix) {
    return new SpectralDiscriminator.Block(
        golden.tensor(prefix + "w"), golden.tensor(prefix + "b"), golden.tensor(prefix + "u"));
  }

  private static SpectralDiscriminator.Attention attention(GoldenCase golden, String prefix) {
    return new SpectralDiscriminator.Attention(
        affine(golden, prefix + "query_"),
        affine(golden, prefix + "key_"),
        affine(golden, prefix + "value_"),
        golden.tensor(prefix + "gamma"));
  }

  private static Affine affine(GoldenCase golden, String prefix) {
    return new Affine(golden.tensor(prefix + "w"), golden.tensor(prefix + "b"));
  }

  private static CaseResult penalty(GoldenCase golden) {
    NDArray first = golden.tensor("w1");
    NDArray second = golden.tensor("w2");
    NDArray mixed =
        GradientPenalty.mixed(
                golden.tensor("student"), golden.tensor("teacher"), golden.tensor("alpha"))
            .duplicate();
    mixed.setRequiresGradient(true);
    NDArray score = small(golden, mixed, first, second).sum();
    JniUtils.backward((PtNDArray) score, (PtNDArray) score.onesLike(), true, true);
    NDArray slopes = mixed.getGradient();
    List.of(first, second).forEach(parameter -> JniUtils.zeroGrad((PtNDArray) parameter));
    return CaseResult.loss(GradientPenalty.ofSlopes(slopes, golden.number("lambda_gp")));
  }

  /** The small discriminator of the penalty's cases. */
  private static NDArray small(GoldenCase golden, NDArray x, NDArray first, NDArray second) {
    NDArray hidden =
        Conv2d.conv2d(x, first, golden.tensor("b1"), new Shape(2, 2), new Shape(1, 1))
            .singletonOrThrow();
    return Conv2d.conv2d(Activation.leakyRelu(hidden, 0.1f), second).singletonOrThrow();
  }
}
