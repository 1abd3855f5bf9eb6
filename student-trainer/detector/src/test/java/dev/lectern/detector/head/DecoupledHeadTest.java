package dev.lectern.detector.head;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import dev.lectern.detector.head.DecoupledHead.BoxActivation;
import dev.lectern.detector.head.DecoupledHead.Layout;
import dev.lectern.detector.head.DecoupledHead.Prediction;
import dev.lectern.detector.head.DecoupledHead.Scaling;
import dev.lectern.detector.layer.EagerOperations;
import dev.lectern.detector.layer.GradientMode;
import dev.lectern.detector.layer.Mode;
import dev.lectern.detector.layer.Normalization;
import dev.lectern.detector.layer.ParameterBuilder;
import dev.lectern.detector.layer.Parameters;
import dev.lectern.detector.network.Outputs;
import dev.lectern.schemas.descriptor.TensorRole;
import java.util.List;
import org.junit.jupiter.api.Test;

class DecoupledHeadTest {

  @Test
  void levelsShareAllButTheFactorOfTheirBoxLogits() {
    try (NDManager manager = NDManager.newBaseManager("PyTorch")) {
      // Given the same feature on two levels, the second with factor -2.5
      ParameterBuilder builder = new ParameterBuilder(manager, 3, List.of());
      Layout layout =
          new Layout(
              new Prediction("c", 2),
              new Prediction("b", 12),
              TensorRole.BOX_DISTRIBUTION,
              Scaling.PER_LEVEL,
              BoxActivation.NONE);
      DecoupledHead head =
          new DecoupledHead(
              builder.at("h"),
              new TowerSettings(1, 8, Normalization.GROUP, null, null),
              layout,
              List.of(4, 4));
      Parameters parameters = builder.build();
      parameters.get("h.scales.1.scale").set(new float[] {-2.5f});
      NDArray feature = manager.arange(2 * 4 * 3 * 3f).sin().reshape(new Shape(2, 4, 3, 3));

      // When
      Outputs<NDArray> outputs =
          GradientMode.off(
              () -> head.apply(new EagerOperations(Mode.TRAIN), List.of(feature, feature)));

      // Then
      assertThat(outputs.get(TensorRole.CLASS_LOGITS, 1).toFloatArray())
          .isEqualTo(outputs.get(TensorRole.CLASS_LOGITS, 0).toFloatArray());
      float[] first = outputs.get(TensorRole.BOX_DISTRIBUTION, 0).toFloatArray();
      float[] second = outputs.get(TensorRole.BOX_DISTRIBUTION, 1).toFloatArray();
      assertThat(first).hasSize(2 * 12 * 3 * 3);
      for (int i = 0; i < first.length; i++) {
        assertThat(second[i]).isCloseTo(-2.5f * first[i], within(1e-6f));
      }
    }
  }
}
