package dev.lectern.detector.layer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.jni.JniUtils;
import org.junit.jupiter.api.Test;

class ScriptOperationTest {
  private static final ScriptOperation SILU = new ScriptOperation("torch.silu(x)", "x");

  private static final double[] X = {-200, -3, -0.5, 0, 1, 80};

  @Test
  void valueAndGradientAreThoseOfTheFormulaEachTime() {
    for (int size = 1; size <= 4; size++) { // libtorch makes another plan after two calls
      try (NDManager manager = NDManager.newBaseManager("PyTorch");
          NDManager pass = manager.newSubManager()) {
        // Given
        NDArray x = manager.create(X).reshape(6, 1).repeat(1, size);
        x.setRequiresGradient(true);

        // When
        NDArray y =
            GradientMode.recording(
                () -> {
                  NDArray ofPass = x.mul(1);
                  ofPass.attach(pass);
                  NDArray result = SILU.apply(ofPass);
                  JniUtils.backward(
                      (PtNDArray) result.sum(),
                      (PtNDArray) manager.ones(new Shape(), x.getDataType()),
                      false,
                      false);
                  return result;
                });

        // Then
        assertThat(y.getManager()).isSameAs(pass);
        assertThat(y.getShape()).isEqualTo(new Shape(6, size));
        double[] values = y.toDoubleArray();
        double[] gradients = x.getGradient().toDoubleArray();
        for (int i = 0; i < values.length; i++) {
          double at = X[i / size];
          double sigmoid = 1 / (1 + Math.exp(-at));
          assertThat(values[i]).isCloseTo(at * sigmoid, within(1e-12));
          assertThat(gradients[i]).isCloseTo(sigmoid * (1 + at * (1 - sigmoid)), within(1e-12));
        }
      }
    }
  }

  @Test
  void theResultOfAnEvaluationMayBePartOfALaterGraph() {
    try (NDManager manager = NDManager.newBaseManager("PyTorch")) {
      NDArray constant = GradientMode.off(() -> SILU.apply(manager.create(new float[] {1})));
      NDArray weight = manager.create(new float[] {2});
      weight.setRequiresGradient(true);

      GradientMode.recording(
          () ->
              JniUtils.backward(
                  (PtNDArray) weight.mul(constant).sum(),
                  (PtNDArray) manager.ones(new Shape()),
                  false,
                  false));

      assertThat(weight.getGradient().getFloat()).isCloseTo(0.7310586f, within(1e-6f));
    }
  }
}
