package dev.lectern.trainer.loss;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import dev.lectern.detector.box.BoxIntegral;
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
    assertThat(qualityFocal(logits, new int[] {0}, tensors.vector(0.75f)).getFloat())
        .isCloseTo(LN2 / 4, within(1e-6f));
  }

  @Test
  void qualityFocalGradientAgreesWithDifferences() {
    int[] labels = {1, 0, 2};
    NDArray quality = tensors.vector(0, 0.8f, 0.3f);
    tensors.assertGradient(tensors.random(3, 2, 3, 3), z -> qualityFocal(z, labels, quality));
    tensors.assertGradient(
        tensors.random(4, 1, 3, 3).getNDArrayInternal().sigmoid(),
        p -> qualityFocalOfProbabilities(p, labels, quality));
  }

  @Test
  void hugeScoresStayFinite() {
    NDArray logits = tensors.of(new Shape(2, 2), 50, -50, -50, 50);
    NDArray quality = tensors.vector(0.5f, 1);
    int[] labels = {0, 0};
    float[] gradient = tensors.gradient(logits, z -> qualityFocal(z, labels, quality));
    // row 0: BCE(50, 1/2) = 25 times 1/4; row 1: BCE(-50, 1) = 50 and BCE(50, 0) = 50
    assertThat(qualityFocal(logits, labels, quality).getFloat()).isCloseTo(106.25f, within(1e-3f));
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
            probabilities, p -> qualityFocalOfProbabilities(p, new int[] {0, 1}, quality));
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
        z -> DistributionFocalLoss.perEdge(z, distances).mul(tensors.vector(1, 2, 0.5f)).sum());
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
    // [0,0,2,2] vs [1,0,3,2]: IoU 1/3 = GIoU
    NDArray loss =
        giouLoss(tensors.of(new Shape(1, 4), 0, 0, 2, 2), tensors.of(new Shape(1, 4), 1, 0, 3, 2));
    assertThat(loss.getFloat()).isCloseTo(2f / 3, within(1e-6f));
  }

  @Test
  void identicalBoxesHaveZeroLoss() {
    NDArray boxes = tensors.of(new Shape(2, 4), 0, 0, 2, 2, 5, 5, 9, 6);
    assertThat(giouLoss(boxes, boxes).getFloat()).isZero();
  }

  @Test
  void boxGradientAgreesWithDifferences() {
    NDArray targets = tensors.of(new Shape(2, 4), 1, 0, 3, 2, 8, 8, 9, 9);
    NDArray boxes = tensors.of(new Shape(2, 4), 0.1f, 0.2f, 2.2f, 2.3f, 5, 5, 6, 7);
    tensors.assertGradient(boxes, b -> giouLoss(b, targets));
  }

  @Test
  void boxesWithoutAreaStayFinite() {
    NDArray points = tensors.of(new Shape(1, 4), 1, 1, 1, 1);
    float[] gradient = tensors.gradient(points, b -> giouLoss(b, points));
    for (float g : gradient) {
      assertThat(g).isFinite();
    }
  }

  @Test
  void distanceAndAspectAreTakenOffTheOverlap() {
    // [0,0,2,2] vs [1,0,3,2]: IoU 1/3, centres 1 apart, diagonal² 13: 1/3 - 1/13 = 0.25641
    NDArray squares = tensors.of(new Shape(1, 4), 0, 0, 2, 2);
    NDArray shifted = tensors.of(new Shape(1, 4), 1, 0, 3, 2);
    assertThat(overlap(squares, shifted, CompleteIouLoss.Form.DISTANCE))
        .isCloseTo(0.25641f, within(1e-5f));
    assertThat(overlap(squares, shifted, CompleteIouLoss.Form.GATED))
        .isCloseTo(0.25641f, within(1e-5f));
    // [0,0,4,3] vs [0,0,4,4]: IoU 3/4, 1/2 apart, diagonal² 32; v = 0.40528 (atan 1 - atan 4/3)²
    // = 0.0081621, a = v / (1/4 + v) = 0.031616: 0.75 - 0.0078125 - 0.000258 = 0.741929
    NDArray low = tensors.of(new Shape(1, 4), 0, 0, 4, 3);
    NDArray high = tensors.of(new Shape(1, 4), 0, 0, 4, 4);
    assertThat(overlap(low, high, CompleteIouLoss.Form.GATED)).isCloseTo(0.741929f, within(1e-5f));
    assertThat(overlap(low, high, CompleteIouLoss.Form.DETECTION))
        .isCloseTo(0.741929f, within(1e-5f));
  }

  @Test
  void theAspectOfBoxesThatHardlyOverlapIsLeftOut() {
    // [0,0,4,1] vs [0,0,4,4]: IoU 1/4, 3/2 apart, diagonal² 32: 1/4 - 2.25/32 = 0.1796875
    NDArray flat = tensors.of(new Shape(1, 4), 0, 0, 4, 1);
    NDArray square = tensors.of(new Shape(1, 4), 0, 0, 4, 4);
    assertThat(overlap(flat, square, CompleteIouLoss.Form.GATED))
        .isCloseTo(0.1796875f, within(1e-5f));
    assertThat(overlap(flat, square, CompleteIouLoss.Form.DETECTION)).isLessThan(0.17f);
  }

  @Test
  void distanceGradientAgreesWithDifferences() {
    NDArray targets = tensors.of(new Shape(2, 4), 1, 0, 3, 2, 8, 8, 9, 9);
    NDArray boxes = tensors.of(new Shape(2, 4), 0.1f, 0.2f, 2.2f, 2.3f, 5, 5, 6, 7);
    tensors.assertGradient(
        boxes, b -> CompleteIouLoss.overlaps(b, targets, CompleteIouLoss.Form.DISTANCE).sum());
  }

  private static float overlap(NDArray boxes, NDArray targets, CompleteIouLoss.Form form) {
    return CompleteIouLoss.overlaps(boxes, targets, form).getFloat(0);
  }

  private static NDArray giouLoss(NDArray boxes, NDArray targets) {
    return GeneralizedIouLoss.overlaps(boxes, targets).giou().neg().add(1f).sum();
  }

  /** Every row has a label. */
  private static NDArray qualityFocal(NDArray logits, int[] labels, NDArray quality) {
    return QualityFocalLoss.background(logits, 2)
        .sum()
        .add(QualityFocalLoss.foreground(Rows.pick(logits, labels), quality, 2).sum());
  }

  private static NDArray qualityFocalOfProbabilities(
      NDArray probabilities, int[] labels, NDArray quality) {
    return QualityFocalLoss.backgroundOfProbabilities(probabilities, 2)
        .sum()
        .add(
            QualityFocalLoss.foregroundOfProbabilities(Rows.pick(probabilities, labels), quality, 2)
                .sum());
  }

  @Test
  void equalLogitsPlaceEdgesInTheMiddleOfTheSupport() {
    NDArray distances = BoxIntegral.distances(tensors.of(new Shape(1, 20), new float[20]), 5);
    assertThat(distances.toFloatArray()).containsExactly(new float[] {2, 2, 2, 2}, within(1e-6f));
    NDArray boxes = BoxIntegral.boxes(distances, new float[] {10, 20});
    assertThat(boxes.toFloatArray()).containsExactly(new float[] {8, 18, 12, 22}, within(1e-5f));
  }
}
