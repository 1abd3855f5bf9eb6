package dev.lectern.trainer.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import dev.lectern.detector.layer.Parameter;
import java.util.List;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The update rules against numbers computed by hand from the formulas in their Javadoc. */
class OptimizerTest {
  private static final Offset<Float> ROUNDING = within(2e-7f);
  private static final float[] GRADIENTS = {0.5f, -1f, 0.25f};

  private final NDManager manager = NDManager.newBaseManager("PyTorch");

  @AfterEach
  void close() {
    manager.close();
  }

  @Test
  void sgdWithMomentumFollowsItsVelocity() {
    // Given v = 0.5, -0.55, -0.245
    Parameter w = weight(new Shape(1, 1));

    // Then
    assertThat(walk(new Sgd(List.of(w), 0.9, false, 0, manager), w, 0.1))
        .containsExactly(new float[] {0.95f, 1.005f, 1.0295f}, ROUNDING);
  }

  @Test
  void sgdWithWeightDecayPullsTowardsZero() {
    // Given g = 0.5 + 0.01 * 1 at the first step, so w = 1 - 0.1 * 0.51
    Parameter w = weight(new Shape(1, 1));

    // Then
    assertThat(walk(new Sgd(List.of(w), 0.9, false, 0.01, manager), w, 0.1))
        .containsExactly(new float[] {0.949f, 1.002151f, 1.023984749f}, ROUNDING);
  }

  @Test
  void nesterovLooksAhead() {
    // Given the first step moves by g + 0.9 g = 1.9 * 0.51
    Parameter w = weight(new Shape(1, 1));

    // Then
    assertThat(walk(new Sgd(List.of(w), 0.9, true, 0.01, manager), w, 0.1))
        .containsExactly(new float[] {0.9031f, 1.05007411f, 1.0436684582f}, ROUNDING);
  }

  @Test
  void sgdWithoutMomentumIsPlainDescent() {
    // Given
    Parameter w = weight(new Shape(1, 1));
    Sgd sgd = new Sgd(List.of(w), 0, false, 0, manager);

    // Then 1 - 0.05, + 0.1, - 0.025
    assertThat(walk(sgd, w, 0.1)).containsExactly(new float[] {0.95f, 1.05f, 1.025f}, ROUNDING);
    assertThat(sgd.state()).isEmpty();
  }

  @Test
  void adamWDecaysApartFromTheGradient() {
    // Given the first step is w (1 - 0.1 * 0.05) - 0.1 * sign(g), since m / √v is the sign
    Parameter w = weight(new Shape(1, 1));

    // Then
    assertThat(walk(new AdamW(List.of(w), 0.9, 0.999, 1e-8, 0.05, manager), w, 0.1))
        .containsExactly(new float[] {0.895f, 0.92713535f, 0.93616874f}, within(2e-6f));
  }

  @Test
  void biasesAndScalesDoNotDecay() {
    // Given a parameter of one dimension and no gradient
    Parameter bias = weight(new Shape(1));
    Parameter weight = weight(new Shape(1, 1));
    Sgd sgd = new Sgd(List.of(bias, weight), 0.9, false, 0.5, manager);
    AdamW adamW = new AdamW(List.of(bias, weight), 0.9, 0.999, 1e-8, 0.5, manager);

    // When
    sgd.step(List.of(manager.zeros(new Shape(1)), manager.zeros(new Shape(1, 1))), 0.1, manager);
    adamW.step(List.of(manager.zeros(new Shape(1)), manager.zeros(new Shape(1, 1))), 0.1, manager);

    // Then 0.95 * 0.95
    assertThat(bias.values()).containsExactly(1f);
    assertThat(weight.values()).containsExactly(new float[] {0.9025f}, ROUNDING);
  }

  @Test
  void stateThatIsSavedGoesOnTheSame() {
    // Given two steps, and a second optimiser that takes over the state of the first
    Parameter first = weight(new Shape(1, 1));
    Parameter second = weight(new Shape(1, 1));
    AdamW one = new AdamW(List.of(first), 0.9, 0.999, 1e-8, 0.05, manager);
    step(one, 0.5f);
    step(one, -1f);
    second.set(first.values());
    AdamW two = new AdamW(List.of(second), 0.9, 0.999, 1e-8, 0.05, manager);
    one.state().forEach((name, values) -> values.copyTo(two.state().get(name)));
    two.restore(one.steps());

    // When
    step(one, 0.25f);
    step(two, 0.25f);

    // Then
    assertThat(second.values()).isEqualTo(first.values());
    assertThat(two.steps()).isEqualTo(3);
  }

  @Test
  void clippingScalesAllGradientsTogether() {
    // Given the joint norm √(3² + 4²) = 5
    NDArray a = manager.create(new float[] {3});
    NDArray b = manager.create(new float[] {0, 4});

    // When
    double norm = GradientClipping.clip(List.of(a, b), 2.5);

    // Then
    assertThat(norm).isEqualTo(5);
    assertThat(a.toFloatArray()).containsExactly(new float[] {1.5f}, within(1e-5f));
    assertThat(b.toFloatArray()).containsExactly(new float[] {0, 2}, within(1e-5f));
  }

  @Test
  void smallGradientsAreNotClipped() {
    NDArray a = manager.create(new float[] {3, 4});

    GradientClipping.clip(List.of(a), 5.1);

    assertThat(a.toFloatArray()).containsExactly(3, 4);
  }

  @Test
  void theAverageFollowsTheWeightsAndComesBackAfterSwapping() {
    // Given an average that starts at 1
    Parameter w = weight(new Shape(1, 1));
    MovingAverage average =
        new MovingAverage(0.5, new dev.lectern.detector.layer.Parameters(List.of(w)), manager);
    w.set(new float[] {3});

    // When: d = min(0.5, 1 / 10) = 0.1
    average.update(0);
    average.swap();

    // Then 0.1 * 1 + 0.9 * 3
    assertThat(w.values()).containsExactly(new float[] {2.8f}, within(1e-6f));
    average.swap();
    assertThat(w.values()).containsExactly(3f);
  }

  private Parameter weight(Shape shape) {
    return new Parameter("w" + shape.dimension(), manager.ones(shape), Parameter.Role.LEARNED);
  }

  private float[] walk(Optimizer optimizer, Parameter parameter, double rate) {
    float[] path = new float[GRADIENTS.length];
    for (int i = 0; i < path.length; i++) {
      try (NDManager scope = manager.newSubManager()) {
        optimizer.step(List.of(scope.create(GRADIENTS[i]).reshape(parameter.shape())), rate, scope);
      }
      path[i] = parameter.values()[0];
    }
    return path;
  }

  private void step(Optimizer optimizer, float gradient) {
    try (NDManager scope = manager.newSubManager()) {
      optimizer.step(List.of(scope.create(gradient).reshape(1, 1)), 0.1, scope);
    }
  }
}
