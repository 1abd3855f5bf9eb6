package dev.lectern.trainer.loss;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import dev.lectern.trainer.assign.DistributionRebinning;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class LocalizationDistillationLossTest {
  private static final float LN3 = (float) Math.log(3);
  @RegisterExtension private final Tensors tensors = new Tensors();

  @Test
  void printedFormIsSquaredTemperatureTimesDivergence() {
    // teacher (3/4, 1/4) at τ 2 against uniform: KL = 3/4 ln(3/2) + 1/4 ln(1/2) = 0.130812
    NDArray teacher = tensors.of(new Shape(1, 2), 2 * LN3, 0);
    NDArray student = tensors.of(new Shape(1, 2), 5, 5);
    NDArray edge = LocalizationDistillationLoss.perEdge(student, teacher, 2, Variant.PAPER);
    double kl = 0.75 * Math.log(1.5) + 0.25 * Math.log(0.5);
    assertThat(edge.getFloat(0)).isCloseTo((float) (4 * kl), within(1e-6f));
  }

  @Test
  void officialFormAveragesOverBins() {
    NDArray teacher = tensors.random(1, 2, 6, 17);
    NDArray student = tensors.random(2, 2, 6, 17);
    float[] printed =
        LocalizationDistillationLoss.perEdge(student, teacher, 10, Variant.PAPER).toFloatArray();
    float[] official =
        LocalizationDistillationLoss.perEdge(student, teacher, 10, Variant.OFFICIAL).toFloatArray();
    for (int i = 0; i < 6; i++) {
      assertThat(official[i]).isCloseTo(printed[i] / 17, within(1e-6f));
    }
  }

  @Test
  void identicalDistributionsHaveZeroLossAndGradient() {
    NDArray teacher = tensors.random(1, 20, 4, 8);
    float[] gradient =
        tensors.gradient(
            teacher,
            s -> LocalizationDistillationLoss.perEdge(s, teacher, 10, Variant.OFFICIAL).sum());
    assertThat(gradient).containsOnly(new float[gradient.length], within(1e-6f));
  }

  @Test
  void gradientAgreesWithDifferences() {
    NDArray teacher = tensors.random(1, 2, 3, 5);
    NDArray weights = tensors.vector(1, 0.5f, 0);
    tensors.assertGradient(
        tensors.random(2, 2, 3, 5),
        s -> LocalizationDistillationLoss.perEdge(s, teacher, 3, Variant.PAPER).mul(weights).sum());
  }

  @Test
  void probabilitiesGiveTheSameAsTheLogitsTheyCameFrom() {
    NDArray teacher = tensors.random(1, 3, 4, 8);
    NDArray student = tensors.random(2, 3, 4, 8);
    NDArray probabilities = teacher.softmax(1);
    float[] fromLogits =
        LocalizationDistillationLoss.perEdge(student, teacher, 5, Variant.PAPER).toFloatArray();
    float[] fromProbabilities =
        LocalizationDistillationLoss.perEdgeFrom(student, probabilities, 5, Variant.PAPER)
            .toFloatArray();
    assertThat(fromProbabilities).containsExactly(fromLogits, within(1e-5f));
  }

  @Test
  void aStudentThatExpectsTheSameEdgeElsewhereIsLeftAlone() {
    // A teacher at the cell's corner, sure of an edge 3.3 strides away; a student in its middle.
    float[] logits = {-6, -4, -1, 5, 4.2f, -2, -5, -6};
    DistributionRebinning rebinning = DistributionRebinning.between(8, 0, 8, 0.5);
    NDArray teacher = tensors.of(new Shape(1, 8), logits).softmax(1);
    NDArray maps = tensors.of(new Shape(4, 8, 8), rebinning.matrices());
    for (int edge : new int[] {0, 2}) {
      NDArray moved = teacher.matMul(maps.get(edge));
      NDArray student = moved.log();

      float[] gradient =
          tensors.gradient(
              student,
              s -> LocalizationDistillationLoss.perEdgeFrom(s, moved, 10, Variant.PAPER).sum());

      assertThat(gradient).containsOnly(new float[8], within(1e-4f));
      double shift = edge < 2 ? 0.5 : -0.5;
      assertThat(mean(student.softmax(1).toFloatArray()))
          .isCloseTo(mean(teacher.toFloatArray()) + shift, within(1e-3));
    }
  }

  @Test
  void rowsWithoutATeacherContributeNothing() {
    NDArray probabilities = tensors.of(new Shape(2, 2), 0, 0, 0.25f, 0.75f);
    NDArray student = tensors.of(new Shape(2, 2), 3, 0, 0, LN3);
    assertThat(
            LocalizationDistillationLoss.perEdgeFrom(student, probabilities, 10, Variant.PAPER)
                .toFloatArray())
        .containsExactly(new float[2], within(1e-5f));
  }

  private static double mean(float[] probabilities) {
    double mean = 0;
    for (int bin = 0; bin < probabilities.length; bin++) {
      mean += bin * probabilities[bin];
    }
    return mean;
  }

  @Test
  void emptyBinsOfTheTeacherContributeNearlyNothing() {
    // all mass on bin 1; student (1/4, 3/4): KL = -ln(3/4)
    NDArray probabilities = tensors.of(new Shape(1, 2), 0, 1);
    NDArray student = tensors.of(new Shape(1, 2), 0, LN3);
    NDArray edge =
        LocalizationDistillationLoss.perEdgeFrom(student, probabilities, 1, Variant.PAPER);
    assertThat(edge.getFloat(0)).isCloseTo((float) -Math.log(0.75), within(2e-5f));
  }

  @Test
  void otherNumberOfBinsIsRefused() {
    NDArray student = tensors.random(1, 1, 4, 8);
    NDArray teacher = tensors.random(1, 1, 4, 17);
    assertThatThrownBy(
            () -> LocalizationDistillationLoss.perEdge(student, teacher, 10, Variant.OFFICIAL))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("student is (4, 8), teacher (4, 17), expected equal shapes");
  }
}
