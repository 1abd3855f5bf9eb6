package dev.lectern.detector.layer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.jni.JniUtils;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class GroupNormalizationTest {

  @Test
  void eachGroupIsNormalisedOverItsChannelsAndCells() {
    try (NDManager manager = NDManager.newBaseManager("PyTorch")) {
      // Given 4 channels of 1 x 2 cells in 2 groups: 1 2 | 3 4 and 0 0 | 0 8
      GroupNormalization layer =
          layer(manager, new float[] {1, 1, 2, 1}, new float[] {0, 10, 0, 0});
      NDArray x = manager.create(new float[] {1, 2, 3, 4, 0, 0, 0, 8}, new Shape(1, 4, 1, 2));

      // When
      float[] y =
          GradientMode.off(() -> layer.apply(new EagerOperations(Mode.TRAIN), x)).toFloatArray();

      // Then mean 2.5 and variance 1.25; mean 2 and variance (3 * 4 + 36) / 4 = 12
      double a = 1 / Math.sqrt(1.25 + 1e-5);
      double b = 1 / Math.sqrt(12 + 1e-5);
      double[] expected = {
        -1.5 * a, -0.5 * a, 10 + 0.5 * a, 10 + 1.5 * a, 2 * -2 * b, 2 * -2 * b, -2 * b, 6 * b
      };
      for (int i = 0; i < expected.length; i++) {
        assertThat((double) y[i]).isCloseTo(expected[i], within(1e-5));
      }
    }
  }

  @Test
  void theGradientIsTheSlopeThatFiniteDifferencesShow() {
    try (NDManager manager = NDManager.newBaseManager("PyTorch")) {
      // Given a weighted sum of the normalised map, in double precision
      Random random = new Random(5);
      Shape shape = new Shape(2, 4, 2, 3);
      double[] start = random.doubles(48, -1, 1).toArray();
      double[] weights = random.doubles(48, -1, 1).toArray();
      NDArray scaleArray = manager.create(new double[] {1, 0.5, -2, 1});
      NDArray shiftArray = manager.create(new double[] {0, 1, 2, 3});
      Parameter scale = new Parameter("scale", scaleArray, Parameter.Role.LEARNED);
      Parameter shift = new Parameter("shift", shiftArray, Parameter.Role.LEARNED);
      GroupNormalization layer = new GroupNormalization(2, scale, shift);
      NDArray x = manager.create(start, shape);
      x.setRequiresGradient(true);

      // When
      GradientMode.recording(
          () ->
              JniUtils.backward(
                  (PtNDArray) loss(layer, x, weights),
                  (PtNDArray) manager.create(1.0),
                  false,
                  false));

      // Then
      assertSlope(x, start, layer, x, weights);
      assertSlope(scaleArray, scaleArray.toDoubleArray(), layer, x, weights);
      assertSlope(shiftArray, shiftArray.toDoubleArray(), layer, x, weights);
    }
  }

  private static NDArray loss(GroupNormalization layer, NDArray x, double[] weights) {
    NDArray y = layer.apply(new EagerOperations(Mode.TRAIN), x);
    return y.mul(x.getManager().create(weights, x.getShape())).sum();
  }

  private static void assertSlope(
      NDArray variable, double[] at, GroupNormalization layer, NDArray x, double[] weights) {
    double[] gradient = variable.getGradient().toDoubleArray();
    double step = 1e-5;
    for (int i = 0; i < at.length; i++) {
      double up = lossWith(variable, at, i, step, layer, x, weights);
      double down = lossWith(variable, at, i, -step, layer, x, weights);
      assertThat(gradient[i]).isCloseTo((up - down) / (2 * step), within(1e-6));
    }
  }

  private static double lossWith(
      NDArray variable,
      double[] at,
      int index,
      double step,
      GroupNormalization layer,
      NDArray x,
      double[] weights) {
    double[] moved = at.clone();
    moved[index] += step;
    return GradientMode.off(
        () -> {
          x.getManager().create(moved, variable.getShape()).copyTo(variable);
          double value = loss(layer, x, weights).getDouble();
          x.getManager().create(at, variable.getShape()).copyTo(variable);
          return value;
        });
  }

  @Test
  void narrowMapsGetGroupsOfFourChannels() {
    try (NDManager manager = NDManager.newBaseManager("PyTorch")) {
      ParameterBuilder parameters = new ParameterBuilder(manager, 0, List.of());

      assertThat(GroupNormalization.create(parameters.at("a"), 16).groups()).isEqualTo(4);
      assertThat(GroupNormalization.create(parameters.at("b"), 128).groups()).isEqualTo(32);
      assertThat(GroupNormalization.create(parameters.at("c"), 256).groups()).isEqualTo(32);
    }
  }

  @Test
  void channelsThatDoNotSplitEvenlyAreRefused() {
    try (NDManager manager = NDManager.newBaseManager("PyTorch")) {
      ParameterBuilder parameters = new ParameterBuilder(manager, 0, List.of());

      assertThatThrownBy(() -> GroupNormalization.create(parameters.at("neck").at("gn"), 18))
          .hasMessageContaining("neck.gn: found 18 channels, expected a multiple of 4");
    }
  }

  private static GroupNormalization layer(NDManager manager, float[] scale, float[] shift) {
    return new GroupNormalization(
        2,
        new Parameter("scale", manager.create(scale), Parameter.Role.LEARNED),
        new Parameter("shift", manager.create(shift), Parameter.Role.LEARNED));
  }
}
