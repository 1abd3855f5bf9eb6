package dev.lectern.trainer.distil.network;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.jni.JniUtils;
import dev.lectern.trainer.distil.network.SpectralDiscriminator.Attention;
import dev.lectern.trainer.distil.network.SpectralDiscriminator.Block;
import dev.lectern.trainer.loss.BatchNormalization;
import dev.lectern.trainer.loss.GradientPenalty;
import dev.lectern.trainer.loss.Tensors;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The slope that is written out against the one that the engine finds. */
class DiscriminatorSlopeTest {
  private static final int CHANNELS = 3;
  @RegisterExtension private final Tensors tensors = new Tensors();
  private final List<NDArray> learned = new ArrayList<>();
  private long seed = 1;

  @Test
  void itIsTheGradientOfTheScores() {
    NDArray x = maps(50);

    assertClose(DiscriminatorSlope.of(discriminator(), x), gradient(x, discriminator()::score));
  }

  @Test
  void itGoesBackThroughTheNormalizationOfTheBatch() {
    NDArray x = maps(60);
    NDArray gamma = learned(CHANNELS);
    NDArray beta = learned(CHANNELS);
    NDArray probe = maps(61);

    assertClose(
        DiscriminatorSlope.throughNormalization(x, gamma, probe),
        gradient(x, at -> BatchNormalization.normalize(at, gamma, beta).mul(probe)));
  }

  @Test
  void itGoesBackThroughTheTangent() {
    NDArray x = maps(70);
    NDArray probe = maps(71);

    assertClose(
        DiscriminatorSlope.throughTanh(x.tanh(), probe), gradient(x, at -> at.tanh().mul(probe)));
  }

  @Test
  void aPenaltyOfItTeachesWhatThePenaltyOfTheEngineTeaches() {
    SpectralDiscriminator discriminator = discriminator();
    NDArray student = maps(80);
    NDArray teacher = maps(81);
    NDArray mixing = tensors.vector(0.2f, 0.7f);
    NDArray theirs = ofEngine(discriminator, GradientPenalty.mixed(student, teacher, mixing));
    Tensors.backward(theirs);
    List<float[]> expected = gradients();
    SpectralDiscriminator again = discriminator();
    NDArray ours =
        GradientPenalty.ofSlopes(
            DiscriminatorSlope.of(again, GradientPenalty.mixed(student, teacher, mixing)), 10);
    Tensors.backward(ours);

    assertThat(ours.getFloat()).isPositive().isCloseTo(theirs.getFloat(), Offset.offset(1e-4f));
    List<float[]> found = gradients();
    for (int i = 0; i < expected.size(); i++) {
      assertClose(found.get(i), expected.get(i));
    }
  }

  /** The penalty by a backward pass that records a graph. */
  private NDArray ofEngine(SpectralDiscriminator discriminator, NDArray maps) {
    NDArray mixed = maps.duplicate();
    mixed.setRequiresGradient(true);
    NDArray score = discriminator.score(mixed).sum();
    JniUtils.backward((PtNDArray) score, (PtNDArray) score.onesLike(), true, true);
    NDArray slopes = mixed.getGradient();
    learned.forEach(parameter -> JniUtils.zeroGrad((PtNDArray) parameter));
    return GradientPenalty.ofSlopes(slopes, 10);
  }

  @Test
  void aSlopeOfZeroHasAFinitePenalty() {
    NDArray flat = tensors.of(new Shape(1, 1, 1, 2), 0, 0);

    assertThat(tensors.gradient(flat, slopes -> GradientPenalty.ofSlopes(slopes, 10)))
        .containsOnly(0);
  }

  /** The same one each time, with fresh gradients. */
  private SpectralDiscriminator discriminator() {
    learned.clear();
    seed = 1;
    return new SpectralDiscriminator(
        List.of(block(CHANNELS, 2), block(2, 4), block(4, 8), block(8, 16)),
        attention(8),
        attention(16),
        affine(1, 16, 4));
  }

  private Block block(int in, int out) {
    Affine affine = affine(out, in, 4);
    return new Block(affine.weight(), affine.bias(), tensors.random(seed++, 1, out));
  }

  private Attention attention(int channels) {
    return new Attention(
        affine(2, channels, 1), affine(2, channels, 1), affine(channels, channels, 1), learned(1));
  }

  private Affine affine(int out, int in, int size) {
    return new Affine(learned(out, in, size, size), learned(out));
  }

  private NDArray learned(long... shape) {
    NDArray array = tensors.random(seed++, 0.3, shape);
    array.setRequiresGradient(true);
    learned.add(array);
    return array;
  }

  private List<float[]> gradients() {
    return learned.stream().map(array -> array.getGradient().toFloatArray()).toList();
  }

  private NDArray maps(long number) {
    return tensors.random(number, 1, 2, CHANNELS, 64, 64);
  }

  private NDArray gradient(NDArray x, UnaryOperator<NDArray> scores) {
    return tensors.of(x.getShape(), tensors.gradient(x, at -> scores.apply(at).sum()));
  }

  private static void assertClose(NDArray found, NDArray expected) {
    assertClose(found.toFloatArray(), expected.toFloatArray());
  }

  private static void assertClose(float[] found, float[] expected) {
    float largest = 0;
    for (float value : expected) {
      largest = Math.max(largest, Math.abs(value));
    }
    assertThat(found).containsExactly(expected, Offset.offset(1e-3f * largest + 1e-5f));
  }
}
