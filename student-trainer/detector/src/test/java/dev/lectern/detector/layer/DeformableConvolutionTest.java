package dev.lectern.detector.layer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.convolutional.Conv2d;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.jni.JniUtils;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class DeformableConvolutionTest {
  private static final Shape MAP = new Shape(2, 3, 4, 5);
  private static final Shape POINTS = new Shape(2, 18, 4, 5);
  private static final Shape WEIGHT = new Shape(2, 3, 3, 3);

  private final Random random = new Random(5);
  private NDManager manager;

  @BeforeEach
  void open() {
    manager = NDManager.newBaseManager("PyTorch");
  }

  @AfterEach
  void close() {
    manager.close();
  }

  @Test
  void pointsOnTheRegularGridGiveAPlainConvolution() {
    NDArray x = random(MAP, 1);
    NDArray weight = random(WEIGHT, 1);

    NDArray y = DeformableConvolution.apply(x, grid(), weight);

    NDArray plain =
        Conv2d.conv2d(x, weight, null, new Shape(1, 1), new Shape(1, 1)).singletonOrThrow();
    assertThat((double) y.sub(plain).abs().max().getFloat()).isLessThan(1e-5);
  }

  @Test
  void aTapBetweenCellsIsInterpolatedAndCountsZerosOutside() {
    // Given one row of cells 1 2 4 and a kernel whose first tap alone weighs, a quarter to the
    // right
    NDArray x = manager.create(new float[] {1, 2, 4}, new Shape(1, 1, 1, 3));
    float[] points = new float[18 * 3];
    for (int cell = 0; cell < 3; cell++) {
      points[3 + cell] = 0.25f;
    }
    NDArray weight = manager.create(new float[] {1, 0, 0, 0, 0, 0, 0, 0, 0}, new Shape(1, 1, 3, 3));

    float[] y =
        DeformableConvolution.apply(x, manager.create(points, new Shape(1, 18, 1, 3)), weight)
            .toFloatArray();

    // Then 1 + 0.25, 2 + 0.25 * 2, 0.75 * 4
    assertThat(y).containsExactly(new float[] {1.25f, 2.5f, 3}, within(1e-6f));
  }

  @Test
  void gradientsEqualFiniteDifferences() {
    NDArray x = random(MAP, 1);
    NDArray points = grid().add(random(POINTS, 0.3));
    NDArray weight = random(WEIGHT, 1);
    NDArray probe = random(new Shape(2, 2, 4, 5), 1);
    List<NDArray> inputs = new ArrayList<>(List.of(x, points, weight));
    inputs.forEach(input -> input.setRequiresGradient(true));

    GradientMode.recording(
        () -> {
          NDArray loss = DeformableConvolution.apply(x, points, weight).mul(probe).sum();
          JniUtils.backward((PtNDArray) loss, (PtNDArray) loss.onesLike(), false, false);
        });

    for (int i = 0; i < 3; i++) {
      float[] gradient = inputs.get(i).getGradient().toFloatArray();
      float[] values = inputs.get(i).toFloatArray();
      for (int at = 0; at < values.length; at += 7) {
        double before = loss(inputs, i, at, values, -1e-2f, probe);
        double after = loss(inputs, i, at, values, 1e-2f, probe);
        assertThat((double) gradient[at])
            .as("input " + i + " at " + at)
            .isCloseTo((after - before) / 2e-2, within(0.02));
      }
    }
  }

  private double loss(
      List<NDArray> inputs, int changed, int at, float[] values, float by, NDArray probe) {
    float[] moved = values.clone();
    moved[at] += by;
    List<NDArray> all = new ArrayList<>(inputs);
    all.set(changed, manager.create(moved, inputs.get(changed).getShape()));
    return GradientMode.off(
        () ->
            DeformableConvolution.apply(all.get(0), all.get(1), all.get(2))
                .mul(probe)
                .sum()
                .getFloat());
  }

  /** The taps of a plain 3x3 kernel, kept clear of whole numbers by what is added to them. */
  private NDArray grid() {
    float[] values = new float[(int) POINTS.size()];
    for (int i = 0; i < values.length; i++) {
      int channel = i / 20 % 18;
      int tap = channel / 2;
      values[i] = channel % 2 == 0 ? tap / 3 - 1 : tap % 3 - 1;
    }
    return manager.create(values, POINTS);
  }

  private NDArray random(Shape shape, double scale) {
    float[] values = new float[(int) shape.size()];
    for (int i = 0; i < values.length; i++) {
      values[i] =
          (float) ((0.1 + 0.8 * random.nextDouble()) * scale * (random.nextBoolean() ? 1 : -1));
    }
    return manager.create(values, shape);
  }
}
