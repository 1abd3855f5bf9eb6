package dev.lectern.detector.head;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import dev.lectern.detector.layer.EagerOperations;
import dev.lectern.detector.layer.GradientMode;
import dev.lectern.detector.layer.Mode;
import dev.lectern.detector.layer.Normalization;
import dev.lectern.detector.layer.ParameterBuilder;
import dev.lectern.detector.layer.Parameters;
import java.util.List;
import org.junit.jupiter.api.Test;

class GflHeadTest {

  @Test
  void levelsShareAllButTheFactorOfTheirBoxLogits() {
    try (NDManager manager = NDManager.newBaseManager("PyTorch")) {
      // Given the same feature on two levels, the second with factor -2.5
      ParameterBuilder builder = new ParameterBuilder(manager, 3, List.of());
      GflHead head = new GflHead(builder, "h", 4, 8, 1, Normalization.GROUP, 2, 3, 2);
      Parameters parameters = builder.build();
      parameters.get("h.scales.1.scale").set(new float[] {-2.5f});
      NDArray feature = manager.arange(2 * 4 * 3 * 3f).sin().reshape(new Shape(2, 4, 3, 3));

      // When
      List<GflHead.Logits<NDArray>> levels =
          GradientMode.off(
              () -> head.apply(new EagerOperations(Mode.TRAIN), List.of(feature, feature)));

      // Then
      assertThat(levels.get(1).cls().toFloatArray()).isEqualTo(levels.get(0).cls().toFloatArray());
      float[] first = levels.get(0).dist().toFloatArray();
      float[] second = levels.get(1).dist().toFloatArray();
      assertThat(first).hasSize(2 * 12 * 3 * 3);
      for (int i = 0; i < first.length; i++) {
        assertThat(second[i]).isCloseTo(-2.5f * first[i], within(1e-6f));
      }
    }
  }
}
