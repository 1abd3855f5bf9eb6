package dev.lectern.detector.layer;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import org.junit.jupiter.api.Test;

class InPlaceTest {
  @Test
  void everyBitArrivesInTheArrayThatOthersHold() {
    float[] odd = {-0f, Float.NaN, Float.MIN_VALUE, Float.NEGATIVE_INFINITY, 1, 2};
    try (NDManager manager = NDManager.newBaseManager("PyTorch")) {
      for (Shape shape : new Shape[] {new Shape(6), new Shape(2, 3), new Shape(1, 2, 3, 1)}) {
        NDArray target = manager.zeros(shape);
        target.setRequiresGradient(true);
        NDArray same = target.flatten();

        InPlace.copy(manager.create(odd, shape), target);

        assertThat(target.toFloatArray()).isEqualTo(odd);
        assertThat(same.toFloatArray()).isEqualTo(odd);
        assertThat(target.hasGradient()).isTrue();
      }
      NDArray scalar = manager.zeros(new Shape());
      InPlace.copy(manager.create(5f), scalar);
      assertThat(scalar.getFloat()).isEqualTo(5f);
    }
  }
}
