package dev.lectern.detector.box;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import dev.lectern.detector.network.Outputs;
import dev.lectern.detector.prior.LevelGrid;
import dev.lectern.detector.prior.PriorGrid;
import dev.lectern.schemas.descriptor.TensorRole;
import java.util.List;
import org.junit.jupiter.api.Test;

class CenterDecoderTest {
  @Test
  void aBoxIsPlacedAboutItsCell() {
    // Given: two cells of 8 pixels; at the second dx = 0.5, dy = 1, dw = ln 2, dh = ln 4
    PriorGrid priors = PriorGrid.points(List.of(new LevelGrid(8, 1, 2)), 0);
    float ln2 = (float) Math.log(2);
    float[] map = {0, 0.5f, 0, 1, 0, ln2, 0, 2 * ln2};
    Outputs<float[]> image = Outputs.<float[]>none().with(TensorRole.BOX_CENTER, List.of(map));

    // When, Then: centre ((1 + 0.5) 8, (0 + 1) 8) = (12, 8), size (16, 32)
    assertThat(new CenterDecoder().box(image, priors, 0, 1))
        .containsExactly(new double[] {4, -8, 20, 24}, within(1e-5));
    try (NDManager manager = NDManager.newBaseManager("PyTorch")) {
      NDArray values = manager.create(new float[] {0.5f, 1, ln2, 2 * ln2}, new Shape(1, 4));
      assertThat(new CenterDecoder().boxes(values, priors, new int[] {1}).toFloatArray())
          .containsExactly(new float[] {0.5f, -1, 2.5f, 3}, within(1e-5f));
    }
  }
}
