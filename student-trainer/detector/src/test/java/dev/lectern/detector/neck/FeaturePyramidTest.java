package dev.lectern.detector.neck;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import dev.lectern.detector.layer.EagerOperations;
import dev.lectern.detector.layer.GradientMode;
import dev.lectern.detector.layer.Mode;
import dev.lectern.detector.layer.ParameterBuilder;
import dev.lectern.detector.layer.Parameters;
import java.util.List;
import org.junit.jupiter.api.Test;

class FeaturePyramidTest {

  @Test
  void coarseMapsAreSpreadOverFinerOnesAndExtraLevelsAreSubsampled() {
    try (NDManager manager = NDManager.newBaseManager("PyTorch")) {
      // Given kernels that pass their centre on: laterals times 1, 3x3 convolutions unchanged
      ParameterBuilder builder = new ParameterBuilder(manager, 0, List.of());
      FeaturePyramid pyramid = new FeaturePyramid(builder.at("neck"), List.of(1, 1), 1, 3);
      Parameters parameters = builder.build();
      for (int i = 0; i < 2; i++) {
        parameters.get("neck.lateral_convs." + i + ".conv.weight").set(new float[] {1});
      }
      for (int i = 0; i < 3; i++) {
        parameters
            .get("neck.fpn_convs." + i + ".conv.weight")
            .set(new float[] {0, 0, 0, 0, 1, 0, 0, 0, 0});
      }
      parameters.get("neck.fpn_convs.2.conv.bias").set(new float[] {-100});
      NDArray fine = manager.arange(16f).reshape(1, 1, 4, 4);
      NDArray coarse = manager.create(new float[] {100, 200, 300, 400}, new Shape(1, 1, 2, 2));

      // When
      List<NDArray> levels =
          GradientMode.off(
              () -> pyramid.apply(new EagerOperations(Mode.EVALUATE), List.of(fine, coarse)));

      // Then each coarse cell is added to its 2 x 2 fine cells
      assertThat(levels.get(0).toFloatArray())
          .containsExactly(
              100, 101, 202, 203, 104, 105, 206, 207, 308, 309, 410, 411, 312, 313, 414, 415);
      assertThat(levels.get(1).toFloatArray()).containsExactly(100, 200, 300, 400);
      // and the extra level is every second cell of the last, with its bias and no ReLU
      assertThat(levels.get(2).toFloatArray()).containsExactly(0);
    }
  }
}
