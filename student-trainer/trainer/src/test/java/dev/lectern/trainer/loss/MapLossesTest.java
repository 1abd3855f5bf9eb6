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
  void pearsonDistanceIsOneMinusTheCorrelation() {
    // channel 0: teacher 2 s + 3, so r = 1; channel 1: teacher -s, r = -1; n = 2 values each:
    // mean of (1 - r) (n - 1) / n = (0 + 2 / 2) / 2
    NDArray student = tensors.of(new Shape(1, 2, 1, 2), 1, 5, -2, 4);
    NDArray teacher = tensors.of(new Shape(1, 2, 1, 2), 5, 13, 2, -4);
    assertThat(PearsonFeatureLoss.loss(student, teacher).getFloat()).isCloseTo(0.5f, within(1e-5f));
    assertThat(PearsonFeatureLoss.loss(student, student).getFloat()).isZero();
  }

  @Test
  void pearsonStatisticsAreThoseOfTheWholeBatch() {
    // one value an image: only over both images is there anything to correlate; r = 1
    NDArray student = tensors.of(new Shape(2, 1, 1, 1), 1, 3);
    NDArray teacher = tensors.of(new Shape(2, 1, 1, 1), -7, 8);
    assertThat(PearsonFeatureLoss.loss(student, teacher).getFloat()).isCloseTo(0f, within(1e-6f));
  }

  @Test
  void pearsonGradientAgreesWithDifferencesAndIsZeroOnAConstantMap() {
    NDArray teacher = tensors.random(3, 2, 2, 3, 2, 2);
    tensors.assertGradient(
        tensors.random(4, 2, 2, 3, 2, 2), s -> PearsonFeatureLoss.loss(s, teacher));
    assertThat(
            tensors.gradient(
                tensors.of(new Shape(1, 1, 1, 2), 4, 4),
                s -> PearsonFeatureLoss.loss(s, tensors.of(new Shape(1, 1, 1, 2), 1, 2))))
        .doesNotContain(Float.NaN);
  }

  @Test
  void cellsCountByTheTeachersBestScore() {
    // two channels, cells of differences (1, 2) and (3, 0); best logits ln 3 and -ln 3: scores 3/4
    // and 1/4: (3/4 (1 + 4) + 1/4 (9 + 0)) / (2 (3/4 + 1/4)) = 3
    NDArray student = tensors.of(new Shape(1, 2, 1, 2), 1, 3, 2, 0);
    NDArray teacher = tensors.of(new Shape(1, 2, 1, 2), 0, 0, 0, 0);
    NDArray logits = tensors.of(new Shape(1, 2, 1, 2), LN3, -LN3, -9, -20);
    assertThat(ScoreWeightedFeatureLoss.loss(student, teacher, logits).getFloat())
        .isCloseTo(3f, within(1e-5f));
  }

  @Test
  void scoreWeightedGradientAgreesWithDifferences() {
    NDArray teacher = tensors.random(1, 2, 2, 2, 3, 2);
    NDArray logits = tensors.random(2, 2, 2, 3, 3, 2);
    tensors.assertGradient(
        tensors.random(3, 2, 2, 2, 3, 2), s -> ScoreWeightedFeatureLoss.loss(s, teacher, logits));
  }

  @Test
  void tokensAreComparedByDirectionAlone() {
    // cells (3, 4) and (1, 0) against (6, 8) and (0, 5): cosines 1 and 0, mean 1/2
    NDArray student = tensors.of(new Shape(1, 2, 1, 2), 3, 1, 4, 0);
    NDArray teacher = tensors.of(new Shape(1, 2, 1, 2), 6, 0, 8, 5);
    assertThat(TokenCosineLoss.loss(student, teacher).getFloat()).isCloseTo(0.5f, within(1e-6f));
  }

  @Test
  void tokenCosineGradientAgreesWithDifferencesAndAMapOfZerosHasNone() {
    NDArray teacher = tensors.random(1, 2, 2, 3, 2, 2);
    tensors.assertGradient(tensors.random(2, 2, 2, 3, 2, 2), s -> TokenCosineLoss.loss(s, teacher));
    assertThat(
            tensors.gradient(
                tensors.of(new Shape(1, 2, 1, 1), 0, 0),
                s -> TokenCosineLoss.loss(s, tensors.of(new Shape(1, 2, 1, 1), 1, 2))))
        .doesNotContain(Float.NaN);
  }

  @Test
  void everyClassIsABinaryTargetThatCountsByItsDifference() {
    // student logits 0 and ln 3 (1/2, 3/4); teacher ln 3 and ln 3 (3/4, 3/4):
    // |1/4| BCE(1/2, 3/4) + 0 = ln 2 / 4
    NDArray student = tensors.of(new Shape(1, 2), 0, LN3);
    NDArray teacher = tensors.of(new Shape(1, 2), LN3, LN3);
    assertThat(BinaryClassificationLoss.perRow(student, teacher).toFloatArray()[0])
        .isCloseTo((float) (Math.log(2) / 4), within(1e-6f));
    assertThat(BinaryClassificationLoss.importance(student, teacher).toFloatArray()[0])
        .isCloseTo(0.25f, within(1e-6f));
  }

  @Test
  void binaryClassificationGradientAgreesWithDifferences() {
    NDArray teacher = tensors.random(5, 2, 4, 3);
    tensors.assertGradient(
        tensors.random(6, 2, 4, 3), s -> BinaryClassificationLoss.perRow(s, teacher).sum());
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
