package dev.lectern.trainer.loss;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.jni.JniUtils;
import java.util.Random;
import java.util.function.Function;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/** Tensors of one test, released after it, with gradients recorded on its thread. */
public final class Tensors implements BeforeEachCallback, AfterEachCallback {
  private NDManager manager;

  @Override
  public void beforeEach(ExtensionContext context) {
    Engine.getEngine("PyTorch");
    JniUtils.setGradMode(true);
    manager = NDManager.newBaseManager("PyTorch");
  }

  @Override
  public void afterEach(ExtensionContext context) {
    manager.close();
  }

  /** A tensor of the given numbers. */
  public NDArray of(Shape shape, float... values) {
    return manager.create(values, shape);
  }

  /** A vector. */
  public NDArray vector(float... values) {
    return manager.create(values);
  }

  /** Normally distributed numbers that a seed decides. */
  public NDArray random(long seed, double deviation, long... shape) {
    Random random = new Random(seed);
    Shape dimensions = new Shape(shape);
    float[] values = new float[(int) dimensions.size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) (deviation * random.nextGaussian());
    }
    return manager.create(values, dimensions);
  }

  /** The gradient of a scalar with respect to a tensor, at the tensor's value. */
  public float[] gradient(NDArray at, Function<NDArray, NDArray> loss) {
    NDArray input = manager.create(at.toFloatArray(), at.getShape());
    input.setRequiresGradient(true);
    backward(loss.apply(input));
    return input.getGradient().toFloatArray();
  }

  /** Backward from a scalar. */
  public static void backward(NDArray scalar) {
    JniUtils.backward((PtNDArray) scalar, (PtNDArray) scalar.onesLike(), false, false);
  }

  /** Compares the gradient with central differences; the loss must be smooth at the point. */
  public void assertGradient(NDArray at, Function<NDArray, NDArray> loss) {
    float[] gradient = gradient(at, loss);
    float[] values = at.toFloatArray();
    float step = 1e-2f;
    double scale = 0;
    for (float g : gradient) {
      scale = Math.max(scale, Math.abs(g));
    }
    assertThat(scale).as("largest gradient").isPositive();
    for (int i = 0; i < values.length; i++) {
      double above = shifted(values, at.getShape(), i, step, loss);
      double below = shifted(values, at.getShape(), i, -step, loss);
      assertThat((double) gradient[i])
          .as("element " + i)
          .isCloseTo((above - below) / (2 * step), within(0.01 * scale + 1e-3));
    }
  }

  private double shifted(
      float[] values, Shape shape, int i, float by, Function<NDArray, NDArray> loss) {
    float[] moved = values.clone();
    moved[i] += by;
    return loss.apply(manager.create(moved, shape)).getFloat();
  }
}
