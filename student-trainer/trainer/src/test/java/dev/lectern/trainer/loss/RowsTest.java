package dev.lectern.trainer.loss;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class RowsTest {
  @RegisterExtension private final Tensors tensors = new Tensors();

  @Test
  void aMapBecomesOneRowPerPosition() {
    // two channels of 1 x 3 cells
    NDArray map = tensors.of(new Shape(1, 2, 1, 3), 1, 2, 3, 4, 5, 6);
    assertThat(Rows.of(map).toFloatArray()).containsExactly(1, 4, 2, 5, 3, 6);
  }

  @Test
  void allRowsInOrderAreTheMatrixItself() {
    NDArray matrix = tensors.of(new Shape(3, 2), 1, 2, 3, 4, 5, 6);
    assertThat(Rows.take(matrix, new int[] {0, 1, 2})).isSameAs(matrix);
  }

  @Test
  void otherRowsAreTakenWithTheirGradient() {
    NDArray matrix = tensors.of(new Shape(3, 2), 1, 2, 3, 4, 5, 6);
    int[] turned = {0, 2, 1};
    int[] first = {0, 1};
    assertThat(Rows.take(matrix, turned).toFloatArray()).containsExactly(1, 2, 5, 6, 3, 4);
    assertThat(Rows.take(matrix, first).toFloatArray()).containsExactly(1, 2, 3, 4);
    assertThat(tensors.gradient(matrix, m -> Rows.take(m, first).sum()))
        .containsExactly(1, 1, 1, 1, 0, 0);
  }
}
