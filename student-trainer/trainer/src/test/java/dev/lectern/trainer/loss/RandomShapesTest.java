package dev.lectern.trainer.loss;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import dev.lectern.trainer.distil.network.TransposedConvolution;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;
import java.util.function.BiFunction;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Every loss on whole maps, for sizes and magnitudes that a seed draws. */
class RandomShapesTest {
  private static final int TRIALS = 25;
  @RegisterExtension private final Tensors tensors = new Tensors();

  @Test
  void valuesAndGradientsAreFinite() {
    Random random = new Random(20261121);
    for (int trial = 0; trial < TRIALS; trial++) {
      long[] shape = {
        1 + random.nextInt(2), 1 + random.nextInt(4), 1 + random.nextInt(6), 1 + random.nextInt(6)
      };
      double deviation = new double[] {0, 1e-3, 1, 50}[random.nextInt(4)];
      NDArray student = tensors.random(random.nextLong(), deviation, shape);
      NDArray teacher = tensors.random(random.nextLong(), deviation, shape);
      losses(random, shape)
          .forEach(
              (name, loss) -> {
                String which = name + " on " + Arrays.toString(shape) + " times " + deviation;
                assertThat(loss.apply(student, teacher).getFloat()).as(which).isFinite();
                for (float g : tensors.gradient(student, s -> loss.apply(s, teacher))) {
                  assertThat(g).as(which).isFinite();
                }
              });
    }
  }

  @Test
  void teacherEqualToTheStudentHasNoGradient() {
    long[] shape = {2, 3, 4, 5};
    NDArray map = tensors.random(3, 1, shape);
    losses(new Random(5), shape)
        .forEach(
            (name, loss) -> {
              for (float g : tensors.gradient(map, s -> loss.apply(s, map))) {
                assertThat(Math.abs(g)).as(name).isLessThan(1e-5f);
              }
            });
  }

  private Map<String, BiFunction<NDArray, NDArray, NDArray>> losses(Random random, long[] shape) {
    boolean[] cells = new boolean[(int) (shape[0] * shape[2] * shape[3])];
    int[] labels = new int[cells.length];
    for (int i = 0; i < cells.length; i++) {
      cells[i] = random.nextBoolean();
      labels[i] = random.nextInt(4);
    }
    Map<String, BiFunction<NDArray, NDArray, NDArray>> losses = new LinkedHashMap<>();
    losses.put("cwd", (s, t) -> ChannelWiseDistillationLoss.loss(s, t, 4));
    losses.put("cwd_cross_entropy", (s, t) -> ChannelWiseCrossEntropyLoss.loss(s, t, 1, 3));
    losses.put("cwd_bhattacharyya", (s, t) -> ChannelBhattacharyyaLoss.loss(s, t, 4));
    losses.put("cwd_channel_mse", ChannelMapSquaredLoss::loss);
    losses.put("cwd_l2", FeatureSquaredLoss::perPosition);
    losses.put("cwd_yolo", (s, t) -> NormalizedChannelWiseLoss.loss(s, t, 1));
    losses.put(
        "pixelwise",
        (s, t) ->
            PixelWiseDistillationLoss.loss(s, t, 1, PixelWiseDistillationLoss.Reduction.MEAN));
    losses.put("pixelwise_ce", PixelWiseDistillationLoss::crossEntropy);
    losses.put("at", (s, t) -> AttentionTransferLoss.loss(s, t, Variant.OFFICIAL));
    losses.put("at_paper", (s, t) -> AttentionTransferLoss.loss(s, t, Variant.PAPER));
    losses.put("local_mean", (s, t) -> LocalAffinityLoss.loss(s, t, LocalAffinityLoss.Mode.MEAN));
    losses.put(
        "local_each", (s, t) -> LocalAffinityLoss.loss(s, t, LocalAffinityLoss.Mode.PER_NEIGHBOUR));
    losses.put("pairwise", (s, t) -> PairWiseDistillationLoss.official(s, t, 0.5));
    losses.put("pairwise_paper", PairWiseDistillationLoss::paper);
    losses.put("ifvd", (s, t) -> IntraClassVariationLoss.loss(s, t, labels, 3));
    losses.put("imitation", (s, t) -> FeatureImitationLoss.loss(s, t, cells));
    losses.put("finegrained", (s, t) -> FineGrainedImitationLoss.loss(s, t, cells));
    losses.put(
        "defeat",
        (s, t) -> {
          DecoupledFeatureLoss.Parts parts = DecoupledFeatureLoss.features(s, t, cells);
          return parts.foreground().add(parts.background());
        });
    return losses;
  }

  @Test
  void pooledBinsOverlapWhereSizesDoNotDivide() {
    // 5 cells into 2 bins: floor(0) to ceil(2.5) = 0..2 and 2..4
    NDArray row = tensors.of(new Shape(1, 1, 1, 5), 1, 2, 3, 4, 5);
    assertThat(AdaptiveAveragePool.pool(row, 1, 2).toFloatArray()).containsExactly(2f, 4f);
  }

  @Test
  void doubledMapSpreadsOneCellOverTheKernelsInterior() {
    // one cell of value 2, kernel 1..16: rows and columns 1 and 2 of the kernel remain
    float[] kernel = new float[16];
    for (int i = 0; i < 16; i++) {
      kernel[i] = i + 1;
    }
    NDArray doubled =
        TransposedConvolution.doubled(
            tensors.of(new Shape(1, 1, 1, 1), 2),
            tensors.of(new Shape(1, 1, 4, 4), kernel),
            tensors.vector(0));
    assertThat(doubled.toFloatArray()).containsExactly(12, 14, 20, 22);
  }
}
