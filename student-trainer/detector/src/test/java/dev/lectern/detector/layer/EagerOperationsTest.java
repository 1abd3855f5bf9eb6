package dev.lectern.detector.layer;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.convolutional.Conv2d;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.jni.JniUtils;
import java.util.function.BiFunction;
import org.junit.jupiter.api.Test;

class EagerOperationsTest {
  private static final int STRIDE = 2;

  @Test
  void imagesWithChannelsLastReadAsBefore() {
    try (NDManager manager = NDManager.newBaseManager("PyTorch")) {
      NDArray x = manager.arange(48f).reshape(2, 2, 3, 4);

      NDArray last = GradientMode.off(() -> EagerOperations.channelsLast(x));

      assertThat(last.getManager()).isSameAs(manager);
      assertThat(last.getShape()).isEqualTo(x.getShape());
      assertThat(last.toFloatArray()).isEqualTo(x.toFloatArray());
      assertThat(last.get("1, 1, 2").toFloatArray()).isEqualTo(x.get("1, 1, 2").toFloatArray());
    }
  }

  /** Where the convolution itself took these strides, oneDNN's backward ended the process here. */
  @Test
  void aStridedConvolutionOfOneCellHasTheGradientsOfOneInAnyOrderOfMemory() {
    for (int channels : new int[] {1, 4, 8, 12, 15, 16, 24}) {
      try (NDManager manager = NDManager.newBaseManager("PyTorch")) {
        NDArray x = manager.randomNormal(new Shape(8, channels, 104, 104));
        NDArray weights = manager.randomNormal(new Shape(16, channels, 1, 1));
        Parameter weight = new Parameter("weight", weights, Parameter.Role.LEARNED);
        NDArray factors = manager.randomNormal(new Shape(8, 16, 52, 52));

        float[][] expected =
            gradients(x, weights, factors, (map, w) -> convolution(map, w)); // channels first
        float[][] actual =
            gradients(
                GradientMode.off(() -> EagerOperations.channelsLast(x)),
                weights,
                factors,
                (map, w) ->
                    new EagerOperations(Mode.TRAIN)
                        .convolution(map, weight, null, STRIDE, 0, 1, 1));

        for (int i = 0; i < expected.length; i++) {
          assertThat(difference(actual[i], expected[i])).isLessThan(1e-4);
        }
      }
    }
  }

  /** The largest one, as a share of the largest value. */
  private static double difference(float[] values, float[] others) {
    assertThat(values).hasSameSizeAs(others);
    double difference = 0;
    double largest = 0;
    for (int i = 0; i < values.length; i++) {
      difference = Math.max(difference, Math.abs(values[i] - others[i]));
      largest = Math.max(largest, Math.abs(others[i]));
    }
    return difference / largest;
  }

  private static NDArray convolution(NDArray x, NDArray weights) {
    return Conv2d.conv2d(
            x, weights, null, new Shape(STRIDE, STRIDE), new Shape(0, 0), new Shape(1, 1), 1)
        .singletonOrThrow();
  }

  /** Of the map and of the weights; the values of the convolution before them. */
  private static float[][] gradients(
      NDArray x, NDArray weights, NDArray factors, BiFunction<NDArray, NDArray, NDArray> layer) {
    x.setRequiresGradient(true);
    weights.setRequiresGradient(true);
    NDArray y =
        GradientMode.recording(
            () -> {
              NDArray result = layer.apply(x, weights);
              JniUtils.backward(
                  (PtNDArray) result.mul(factors).sum(),
                  (PtNDArray) factors.getManager().ones(new Shape()),
                  false,
                  false);
              return result;
            });
    float[][] values = {
      y.toFloatArray(), x.getGradient().toFloatArray(), weights.getGradient().toFloatArray()
    };
    JniUtils.zeroGrad((PtNDArray) x);
    JniUtils.zeroGrad((PtNDArray) weights);
    return values;
  }
}
