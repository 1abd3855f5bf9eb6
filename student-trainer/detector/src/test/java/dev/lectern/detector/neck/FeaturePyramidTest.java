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
import dev.lectern.detector.neck.FeaturePyramid.Between;
import dev.lectern.detector.neck.FeaturePyramid.ExtraLevels;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FeaturePyramidTest {

  @Test
  void coarseMapsAreSpreadOverFinerOnesAndExtraLevelsAreSubsampled() {
    try (NDManager manager = NDManager.newBaseManager("PyTorch")) {
      // Given kernels that pass their centre on: laterals times 1, 3x3 convolutions unchanged
      ParameterBuilder builder = new ParameterBuilder(manager, 0, List.of());
      FeaturePyramid pyramid =
          new FeaturePyramid(
              builder.at("neck"), List.of(1, 1), 1, 3, ExtraLevels.ON_OUTPUT, Between.NOTHING);
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

  /** Extra levels of one cell: the last M is 4, the last P 12, the backbone's last map 2. */
  @ParameterizedTest
  @CsvSource({
    "ON_OUTPUT, NOTHING, 112, -88", "ON_OUTPUT, RELU, 112, -88",
    "ON_INPUT, NOTHING, 102, -98", "ON_LATERAL, NOTHING, 104, -96",
    "MAX_POOL, NOTHING, 12, 12"
  })
  void extraLevelsStartWhereTheyAreSaidTo(
      ExtraLevels extra, Between between, float first, float second) {
    try (NDManager manager = NDManager.newBaseManager("PyTorch")) {
      ParameterBuilder builder = new ParameterBuilder(manager, 0, List.of());
      FeaturePyramid pyramid =
          new FeaturePyramid(builder.at("neck"), List.of(1), 1, 3, extra, between);
      Parameters parameters = builder.build();
      parameters.get("neck.lateral_convs.0.conv.weight").set(new float[] {2});
      parameters.get("neck.fpn_convs.0.conv.weight").set(new float[] {0, 0, 0, 0, 3, 0, 0, 0, 0});
      if (extra != ExtraLevels.MAX_POOL) {
        for (int i = 1; i < 3; i++) {
          parameters
              .get("neck.fpn_convs." + i + ".conv.weight")
              .set(new float[] {0, 0, 0, 0, 1, 0, 0, 0, 0});
          parameters
              .get("neck.fpn_convs." + i + ".conv.bias")
              .set(new float[] {i == 1 ? 100 : -200});
        }
      }

      List<NDArray> levels =
          GradientMode.off(
              () ->
                  pyramid.apply(
                      new EagerOperations(Mode.EVALUATE),
                      List.of(manager.create(new float[] {2}, new Shape(1, 1, 1, 1)))));

      assertThat(levels.get(1).toFloatArray()).containsExactly(first);
      assertThat(levels.get(2).toFloatArray()).containsExactly(second);
    }
  }

  @Test
  void aReluStandsBetweenExtraLevelsAlone() {
    try (NDManager manager = NDManager.newBaseManager("PyTorch")) {
      ParameterBuilder builder = new ParameterBuilder(manager, 0, List.of());
      FeaturePyramid pyramid =
          new FeaturePyramid(
              builder.at("neck"), List.of(1), 1, 3, ExtraLevels.ON_OUTPUT, Between.RELU);
      Parameters parameters = builder.build();
      parameters.get("neck.lateral_convs.0.conv.weight").set(new float[] {1});
      for (int i = 0; i < 3; i++) {
        parameters
            .get("neck.fpn_convs." + i + ".conv.weight")
            .set(new float[] {0, 0, 0, 0, 1, 0, 0, 0, 0});
      }

      List<NDArray> levels =
          GradientMode.off(
              () ->
                  pyramid.apply(
                      new EagerOperations(Mode.EVALUATE),
                      List.of(manager.create(new float[] {-5}, new Shape(1, 1, 1, 1)))));

      assertThat(levels.get(1).toFloatArray()).containsExactly(-5);
      assertThat(levels.get(2).toFloatArray()).containsExactly(0);
    }
  }
}
