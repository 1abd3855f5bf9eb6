package dev.lectern.trainer.loss;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Losses on whole maps, and maps as rows. */
class MapLossesTest {
  private static final float LN3 = (float) Math.log(3);
  @RegisterExtension private final Tensors tensors = new Tensors();

  @Test
  void channelIsADistributionOverItsCells() {
    // channel 0: teacher (3/4, 1/4), student uniform: KL 0.130812; channel 1 equal: 0; mean of 2
    NDArray teacher = tensors.of(new Shape(1, 2, 1, 2), LN3, 0, 7, 1);
    NDArray student = tensors.of(new Shape(1, 2, 1, 2), 0, 0, 7, 1);
    double kl = 0.75 * Math.log(1.5) + 0.25 * Math.log(0.5);
    assertThat(ChannelWiseDistillationLoss.loss(student, teacher, 1).getFloat())
        .isCloseTo((float) (kl / 2), within(1e-6f));
  }

  @Test
  void channelWiseGradientAgreesWithDifferences() {
    NDArray teacher = tensors.random(1, 2, 2, 2, 3, 2);
    tensors.assertGradient(
        tensors.random(2, 2, 2, 2, 3, 2), s -> ChannelWiseDistillationLoss.loss(s, teacher, 2));
  }

  @Test
  void mapsOfOtherSizeAreRefused() {
    NDArray student = tensors.random(1, 1, 1, 2, 3, 3);
    NDArray teacher = tensors.random(1, 1, 1, 2, 6, 6);
    assertThatThrownBy(() -> ChannelWiseDistillationLoss.loss(student, teacher, 1))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("student is (1, 2, 3, 3), teacher (1, 2, 6, 6)");
  }

  @Test
  void imitationIsTheMeanOverChosenCellsAndChannels() {
    // two channels, cell 1 chosen: differences 2 and 4: (4 + 16) / 2
    NDArray student = tensors.of(new Shape(1, 2, 1, 2), 9, 2, 9, 5);
    NDArray teacher = tensors.of(new Shape(1, 2, 1, 2), 0, 0, 0, 1);
    NDArray loss = FeatureImitationLoss.loss(student, teacher, new boolean[] {false, true});
    assertThat(loss.getFloat()).isEqualTo(10f);
  }

  @Test
  void imitationOfNoCellIsZero() {
    NDArray map = tensors.random(1, 1, 1, 2, 1, 2);
    float[] gradient =
        tensors.gradient(
            map, s -> FeatureImitationLoss.loss(s, map.mul(2f), new boolean[] {false, false}));
    assertThat(gradient).containsOnly(0f);
  }

  @Test
  void rowsAreLevelMajorThenImageThenCell() {
    NDArray fine = tensors.of(new Shape(2, 2, 1, 2), 0, 1, 10, 11, 2, 3, 12, 13);
    NDArray coarse = tensors.of(new Shape(2, 2, 1, 1), 4, 14, 5, 15);
    NDArray rows = Rows.of(List.of(fine, coarse));
    assertThat(rows.toFloatArray()).containsExactly(0, 10, 1, 11, 2, 12, 3, 13, 4, 14, 5, 15);
    assertThat(Rows.take(rows, new int[] {4, 1}).toFloatArray()).containsExactly(4, 14, 1, 11);
    assertThat(Rows.pick(rows, new int[] {0, 1, 0, 1, 0, 1}).toFloatArray())
        .containsExactly(0, 11, 2, 13, 4, 15);
  }
}
