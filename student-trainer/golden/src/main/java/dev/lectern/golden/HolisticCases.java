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

  private static Answer terms(GoldenCase question) {
    NDArray student = question.tensor("d_student");
    NDArray teacher = question.tensor("d_teacher");
    NDArray discriminator =
        question.text("type").equals("hinge")
            ? AdversarialLoss.hinge(student, teacher)
            : AdversarialLoss.wasserstein(student, teacher);
    return Answer.loss(AdversarialLoss.student(student)).scalar("loss_d", discriminator);
  }

  private static Answer discriminator(GoldenCase question) {
    NDArray x = question.tensor("x");
    NDArray prepared =
        question.integer("preprocess_GAN_mode") == 1
            ? BatchNormalization.normalize(x, question.tensor("bn_w"), question.tensor("bn_b"))
            : Activation.tanh(x);
    SpectralDiscriminator discriminator =
        new SpectralDiscriminator(
            IntStream.rangeClosed(1, 4).mapToObj(i -> block(question, "l" + i + "_")).toList(),
            attention(question, "attn1_"),
            attention(question, "attn2_"),
            affine(question, "last_"));
    NDArray scores = discriminator.score(prepared);
    return Answer.loss(AdversarialLoss.student(scores)).floats("d_out", scores);
  }

  private static SpectralDiscriminator.Block block(GoldenCase question, String prefix) {
    return new SpectralDiscriminator.Block(
        question.tensor(prefix + "w"),
        question.tensor(prefix + "b"),
        question.tensor(prefix + "u"));
  }

  private static SpectralDiscriminator.Attention attention(GoldenCase question, String prefix) {
    return new SpectralDiscriminator.Attention(
        affine(question, prefix + "query_"),
        affine(question, prefix + "key_"),
        affine(question, prefix + "value_"),
        question.tensor(prefix + "gamma"));
  }

  private static Affine affine(GoldenCase question, String prefix) {
    return new Affine(question.tensor(prefix + "w"), question.tensor(prefix + "b"));
  }

  private static Answer penalty(GoldenCase question) {
    NDArray first = question.tensor("w1");
    NDArray second = question.tensor("w2");
    NDArray mixed =
        GradientPenalty.mixed(
                question.tensor("student"), question.tensor("teacher"), question.tensor("alpha"))
            .duplicate();
    mixed.setRequiresGradient(true);
    NDArray score = small(question, mixed, first, second).sum();
    JniUtils.backward((PtNDArray) score, (PtNDArray) score.onesLike(), true, true);
    NDArray slopes = mixed.getGradient();
    List.of(first, second).forEach(parameter -> JniUtils.zeroGrad((PtNDArray) parameter));
    return Answer.loss(GradientPenalty.ofSlopes(slopes, question.number("lambda_gp")));
  }

  /** The small discriminator of the penalty's cases. */
  private static NDArray small(GoldenCase question, NDArray x, NDArray first, NDArray second) {
    NDArray hidden =
        Conv2d.conv2d(x, first, question.tensor("b1"), new Shape(2, 2), new Shape(1, 1))
            .singletonOrThrow();
    return Conv2d.conv2d(Activation.leakyRelu(hidden, 0.1f), second).singletonOrThrow();
  }
}
