package dev.lectern.trainer.loss;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** QFL, DFL, GIoU and the box integral. */
class DetectorLossesTest {
  private static final float LN2 = (float) Math.log(2);
  private static final float LN3 = (float) Math.log(3);
  @RegisterExtension private final Tensors tensors = new Tensors();

  @Test
  void backgroundIsSquaredScoreTimesCrossEntropy() {
    // logits 0: σ = 1/2, BCE(0, 0) = ln 2, two classes: 2 · ln 2 / 4
    NDArray rows = QualityFocalLoss.background(tensors.of(new Shape(1, 2), 0, 0), 2);
    assertThat(rows.getShape()).isEqualTo(new Shape(1));
    assertThat(rows.getFloat(0)).isCloseTo(LN2 / 2, within(1e-6f));
  }

  @Test
  void scoreEqualToItsQualityHasNoLossAtTheLabel() {
    // label 0 with σ = 3/4 = q: 0; class 1 at logit 0: ln 2 / 4
    NDArray logits = tensors.of(new Shape(1, 2), LN3, 0);
    NDArray loss =
        QualityFocalLoss.loss(
            logits, new int[] {0}, tensors.vector(0.75f), tensors.vector(1), 2, 1);
    assertThat(loss.getFloat()).isCloseTo(LN2 / 4, within(1e-6f));
  }

  @Test
  void qualityFocalGradientAgreesWithDifferences() {
    int[] labels = {3, 0, 2};
    NDArray quality = tensors.vector(0, 0.8f, 0.3f);
    NDArray weights = tensors.vector(1, 1, 0.5f);
    tensors.assertGradient(
        tensors.random(3, 2, 3, 3), z -> QualityFocalLoss.loss(z, labels, quality, weights, 2, 2));
    tensors.assertGradient(
        tensors.random(4, 1, 3, 3).getNDArrayInternal().sigmoid(),
        p -> QualityFocalLoss.lossOfProbabilities(p, labels, quality, weights, 2, 2));
  }

  @Test
  void hugeScoresStayFinite() {
    NDArray logits = tensors.of(new Shape(2, 2), 50, -50, -50, 50);
    NDArray quality = tensors.vector(0.5f, 1);
    NDArray ones = tensors.vector(1, 1);
    int[] labels = {0, 0};
    float[] gradient =
        tensors.gradient(logits, z -> QualityFocalLoss.loss(z, labels, quality, ones, 2, 1));
    // row 0: BCE(50, 1/2) = 25 times 1/4; row 1: BCE(-50, 1) = 50 and BCE(50, 0) = 50
    assertThat(QualityFocalLoss.loss(logits, labels, quality, ones, 2, 1).getFloat())
        .isCloseTo(106.25f, within(1e-3f));
    for (float g : gradient) {
      assertThat(g).isFinite();
    }
  }

  @Test
  void probabilitiesOfZeroAndOneStayFinite() {
    NDArray probabilities = tensors.of(new Shape(2, 2), 0, 1, 1, 0);
    NDArray quality = tensors.vector(0.5f, 1);
    float[] gradient =
        tensors.gradient(
            probabilities,
            p ->
                QualityFocalLoss.lossOfProbabilities(
                    p, new int[] {0, 2}, quality, tensors.vector(1, 1), 2, 1));
    for (float g : gradient) {
      assertThat(g).isFinite();
    }
  }

  @Test
  void targetBetweenTwoBinsIsSplitBetweenThem() {
    // probabilities (1/2, 1/4, 1/4), y = 0.25: 3/4 ln 2 + 1/4 ln 4 = 5/4 ln 2
    NDArray logits = tensors.of(new Shape(1, 3), LN2, 0, 0);
    NDArray edge = DistributionFocalLoss.perEdge(logits, new float[] {0.25f});
    assertThat(edge.getFloat(0)).isCloseTo(1.25f * LN2, within(1e-6f));
  }

  @Test
  void distributionFocalGradientAgreesWithDifferences() {
    float[] distances = {0, 1.3f, 2.9f};
    tensors.assertGradient(
        tensors.random(5, 2, 3, 4),
        z -> DistributionFocalLoss.loss(z, distances, tensors.vector(1, 2, 0.5f), 0.25, 1));
  }

  @Test
  void targetBeyondTheLastBinIsRefused() {
    NDArray logits = tensors.random(5, 2, 1, 4);
    assertThatThrownBy(() -> DistributionFocalLoss.perEdge(logits, new float[] {3}))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("distance of edge 0 is 3.0 strides, expected 0 <= y < 3");
  }

  @Test
  void halfShiftedSquaresLoseTwoThirds() {
    // [0,0,2,2] vs [1,0,3,2]: IoU 1/3 = GIoU, weight 2: 2 · 2/3
    NDArray loss =
        GeneralizedIouLoss.loss(
            tensors.of(new Shape(1, 4), 0, 0, 2, 2),
            tensors.of(new Shape(1, 4), 1, 0, 3, 2),
            tensors.vector(1),
            2,
            1);
    assertThat(loss.getFloat()).isCloseTo(4f / 3, within(1e-6f));
  }

  @Test
  void identicalBoxesHaveZeroLoss() {
    NDArray boxes = tensors.of(new Shape(2, 4), 0, 0, 2, 2, 5, 5, 9, 6);
    assertThat(GeneralizedIouLoss.loss(boxes, boxes, tensors.vector(1, 1), 2, 1).getFloat())
        .isZero();
  }

  @Test
  void boxGradientAgreesWithDifferences() {
    NDArray targets = tensors.of(new Shape(2, 4), 1, 0, 3, 2, 8, 8, 9, 9);
    NDArray boxes = tensors.of(new Shape(2, 4), 0.1f, 0.2f, 2.2f, 2.3f, 5, 5, 6, 7);
    tensors.assertGradient(
        boxes, b -> GeneralizedIouLoss.loss(b, targets, tensors.vector(1, 0.5f), 2, 1));
  }

  @Test
  void boxesWithoutAreaStayFinite() {
    NDArray points = tensors.of(new Shape(1, 4), 1, 1, 1, 1);
    float[] gradient =
        tensors.gradient(points, b -> GeneralizedIouLoss.loss(b, points, tensors.vector(1), 2, 1));
    for (float g : gradient) {
      assertThat(g).isFinite();
    }
  }

  @Test
  void equalLogitsPlaceEdgesInTheMiddleOfTheSupport() {
    NDArray distances = BoxIntegral.distances(tensors.of(new Shape(1, 20), new float[20]), 5);
    assertThat(distances.toFloatArray()).containsExactly(new float[] {2, 2, 2, 2}, within(1e-6f));
    NDArray boxes = BoxIntegral.boxes(distances, new float[] {10, 20});
    assertThat(boxes.toFloatArray()).containsExactly(new float[] {8, 18, 12, 22}, within(1e-5f));
  }
}
