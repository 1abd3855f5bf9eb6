package dev.lectern.trainer.loss;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import dev.lectern.detector.layer.RoiAlign;
import dev.lectern.trainer.assign.CandidateBoxes;
import dev.lectern.trainer.assign.GeneralInstances;
import dev.lectern.trainer.loss.GeneralInstanceLoss.Comparison;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** RoIAlign and the losses on features of boxes. */
class InstanceLossesTest {
  @RegisterExtension private final Tensors tensors = new Tensors();

  @Test
  void boxOverTheWholeMapAveragesIt() {
    // start -0.5, one bin of 2 cells, samples at 0 and 1: the four cells themselves
    NDArray feature = tensors.of(new Shape(1, 1, 2, 2), 1, 2, 3, 4);
    float[] whole = {0, 0, 0, 2, 2};
    assertThat(RoiAlign.pool(feature, whole, 1, 1, 2).toFloatArray()).containsExactly(2.5f);
    assertThat(tensors.gradient(feature, f -> RoiAlign.pool(f, whole, 1, 1, 2).sum()))
        .containsOnly(0.25f);
  }

  @Test
  void boxFarOutsideTheMapIsZero() {
    NDArray feature = tensors.of(new Shape(1, 1, 2, 2), 1, 2, 3, 4);
    assertThat(RoiAlign.pool(feature, new float[] {0, 10, 10, 12, 12}, 1, 1, 2).toFloatArray())
        .containsExactly(0f);
  }

  @Test
  void samplesAreAsManyAsCellsWhenNotGiven() {
    // 4 cells wide, 2 bins: 2 samples each; bins average cells (0, 1) and (2, 3)
    NDArray feature = tensors.of(new Shape(1, 1, 1, 4), 1, 3, 5, 9);
    NDArray pooled = RoiAlign.pool(feature, new float[] {0, 0, 0, 4, 1}, 2, 1, 0);
    assertThat(pooled.toFloatArray()).startsWith(2, 7);
  }

  @Test
  void pooledGradientAgreesWithDifferences() {
    // boxes of both images: within the map, over its edge, smaller than a cell
    float[] rois = {1, 3, 5, 30, 22, 0, -9, 12, 50, 60, 1, 17, 9, 19, 12};
    tensors.assertGradient(
        tensors.random(1, 1, 2, 3, 5, 4),
        feature -> RoiAlign.pool(feature, rois, 2, 1 / 8.0, 2).square().sum());
  }

  @Test
  void noBoxesPoolToNothing() {
    NDArray feature = tensors.of(new Shape(1, 3, 2, 2), new float[12]);
    assertThat(RoiAlign.pool(feature, new float[0], 4, 1, 2).getShape())
        .isEqualTo(new Shape(0, 3, 4, 4));
  }

  @Test
  void relationsDoNotDependOnTheScaleOfTheFeatures() {
    NDArray teacher = tensors.random(1, 1, 5, 2, 3, 3);
    NDArray loss = GeneralInstanceLoss.relations(teacher.mul(7f), teacher, Variant.OFFICIAL);
    assertThat(loss.getFloat()).isCloseTo(0, within(1e-6f));
  }

  @Test
  void relationGradientAgreesWithDifferences() {
    NDArray teacher = tensors.random(1, 1, 4, 2, 1, 2);
    tensors.assertGradient(
        tensors.random(2, 1, 4, 2, 1, 2),
        s -> GeneralInstanceLoss.relations(s, teacher, Variant.PAPER));
  }

  @Test
  void coincidingInstancesHaveFiniteGradient() {
    NDArray teacher = tensors.random(1, 1, 3, 2, 1, 1);
    NDArray same = tensors.of(new Shape(3, 2, 1, 1), 1, 2, 1, 2, 1, 2);
    for (float g :
        tensors.gradient(same, s -> GeneralInstanceLoss.relations(s, teacher, Variant.OFFICIAL))) {
      assertThat(g).isFinite();
    }
  }

  @Test
  void twoInstancesHaveNoRelation() {
    NDArray two = tensors.random(1, 1, 2, 2, 3, 3);
    assertThat(GeneralInstanceLoss.relations(two, two.mul(2f), Variant.OFFICIAL).getFloat())
        .isZero();
  }

  @Test
  void featuresAreDividedByCellsNotByChannels() {
    // one instance, two channels, one cell: 3² + 4²; printed form: its root
    NDArray student = tensors.of(new Shape(1, 2, 1, 1), 3, 4);
    NDArray teacher = tensors.of(new Shape(1, 2, 1, 1), 0, 0);
    assertThat(GeneralInstanceLoss.features(student, teacher, Comparison.L2).getFloat())
        .isEqualTo(25f);
    assertThat(GeneralInstanceLoss.featuresAsPrinted(student, teacher).getFloat())
        .isCloseTo(5f, within(1e-6f));
  }

  @Test
  void smallDifferencesAreSquaredAndLargeOnesAreNot() {
    // β 2: |1| gives 1²/4, |-3| gives 3 - 1; β 0: 1 + 3
    NDArray student = tensors.of(new Shape(1, 2), 1, -3);
    NDArray teacher = tensors.of(new Shape(1, 2), 0, 0);
    assertThat(Comparison.smoothL1(2).of(student, teacher).toFloatArray())
        .containsExactly(0.25f, 2f);
    assertThat(Comparison.smoothL1(0).of(student, teacher).toFloatArray()).containsExactly(1f, 3f);
  }

  @Test
  void responseOutsideTheMaskIsIgnored() {
    NDArray student = tensors.of(new Shape(2, 1), 5, 1);
    NDArray teacher = tensors.of(new Shape(2, 1), 0, 3);
    boolean[] second = {false, true};
    assertThat(GeneralInstanceLoss.responses(student, teacher, second, Comparison.L1).getFloat())
        .isEqualTo(2f);
    assertThat(
            GeneralInstanceLoss.responses(student, teacher, new boolean[2], Comparison.L1)
                .getFloat())
        .isZero();
  }

  @Test
  void smallBoxesAreNoInstances() {
    float[] boxes = {0, 0, 8, 30, 0, 0, 30, 30};
    GeneralInstances.Chosen chosen =
        GeneralInstances.reproduced(
            new float[] {5, 1},
            new float[] {0, 0},
            CandidateBoxes.of(boxes, boxes),
            100,
            20,
            new GeneralInstances.Filter(3000, 10, 0.3, 10));
    assertThat(chosen.rows()).containsExactly(1);
    // clipped to the image of 100 x 20
    assertThat(chosen.boxes()).containsExactly(0, 0, 30, 20);
  }
}
