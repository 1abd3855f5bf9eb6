package dev.lectern.detector.backbone;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import dev.lectern.detector.layer.EagerOperations;
import dev.lectern.detector.layer.GradientMode;
import dev.lectern.detector.layer.Mode;
import dev.lectern.detector.layer.Norm;
import dev.lectern.detector.layer.Normalization;
import dev.lectern.detector.layer.ParameterBuilder;
import dev.lectern.detector.layer.Parameters;
import java.util.List;
import org.junit.jupiter.api.Test;

class ResNetTest {
  private static final float[] CENTRE = {0, 0, 0, 0, 1, 0, 0, 0, 0};

  @Test
  void aBasicBlockAddsItsInput() {
    try (NDManager manager = NDManager.newBaseManager("PyTorch")) {
      // Given F(x) = 3 relu(x - 1): kernels pass on, the first shift is -1, the second scale is 3
      ParameterBuilder builder = new ParameterBuilder(manager, 0, List.of());
      BasicBlock block =
          new BasicBlock(
              builder.at("b"), 1, 1, 1, 1, new Norm.Settings(Normalization.FROZEN_BATCH, null));
      Parameters parameters = builder.build();
      parameters.get("b.conv1.weight").set(CENTRE);
      parameters.get("b.conv2.weight").set(CENTRE);
      parameters.get("b.bn1.bias").set(new float[] {-1});
      parameters.get("b.bn2.weight").set(new float[] {3});
      for (String norm : List.of("b.bn1", "b.bn2")) {
        parameters.get(norm + ".running_var").set(new float[] {1 - 1e-5f});
      }
      NDArray x = manager.create(new float[] {-2, 0, 1, 4}, new Shape(1, 1, 2, 2));

      // When
      NDArray y = GradientMode.off(() -> block.apply(new EagerOperations(Mode.TRAIN), x));

      // Then relu(F(x) + x): relu(-2), 0, 0 + 1, 3 * 3 + 4
      float[] expected = {0, 0, 1, 13};
      for (int i = 0; i < expected.length; i++) {
        assertThat(y.toFloatArray()[i]).isCloseTo(expected[i], within(1e-4f));
      }
    }
  }

  @Test
  void onlyChangesOfShapeAreProjected() {
    try (NDManager manager = NDManager.newBaseManager("PyTorch")) {
      ParameterBuilder builder = new ParameterBuilder(manager, 0, List.of());
      Norm.Settings norm = new Norm.Settings(Normalization.GROUP, null);
      ResNet shallow = new ResNet(builder.at("r18"), 18, 8, norm);
      ResNet deep = new ResNet(builder.at("r50"), 50, 8, norm);

      Parameters parameters = builder.build();

      assertThat(shallow.channels()).containsExactly(8, 16, 32, 64);
      assertThat(deep.channels()).containsExactly(32, 64, 128, 256);
      assertThat(projections(parameters, "r18"))
          .containsExactly("layer2.0", "layer3.0", "layer4.0");
      assertThat(projections(parameters, "r50"))
          .containsExactly("layer1.0", "layer2.0", "layer3.0", "layer4.0");
    }
  }

  @Test
  void aBottleneckHalvesInItsFirstOrItsSecondConvolution() {
    // Given kernels that pass on, a 3x3 one of ones, and cells 0 to 15; the corner of the outcome
    // sums cells 0, 1, 4, 5 at full size, or of every second one 0, 2, 8, 10
    assertThat(corner(new BottleneckBlock.Strides(1, 2))).isCloseTo(10, within(1e-3f));
    assertThat(corner(new BottleneckBlock.Strides(2, 1))).isCloseTo(20, within(1e-3f));
  }

  private static float corner(BottleneckBlock.Strides strides) {
    try (NDManager manager = NDManager.newBaseManager("PyTorch")) {
      ParameterBuilder builder = new ParameterBuilder(manager, 0, List.of());
      Norm.Settings norm = new Norm.Settings(Normalization.FROZEN_BATCH, null);
      BottleneckBlock block = new BottleneckBlock(builder.at("b"), 1, 1, 1, strides, 1, 1, norm);
      Parameters parameters = builder.build();
      parameters.get("b.conv1.weight").set(new float[] {1});
      parameters.get("b.conv2.weight").set(new float[] {1, 1, 1, 1, 1, 1, 1, 1, 1});
      parameters.get("b.conv3.weight").set(new float[] {1});
      parameters.get("b.downsample.0.weight").set(new float[] {0});
      float[] cells = new float[16];
      for (int i = 0; i < cells.length; i++) {
        cells[i] = i;
      }
      NDArray x = manager.create(cells, new Shape(1, 1, 4, 4));
      NDArray y = GradientMode.off(() -> block.apply(new EagerOperations(Mode.TRAIN), x));
      assertThat(y.getShape()).isEqualTo(new Shape(1, 1, 2, 2));
      return y.toFloatArray()[0];
    }
  }

  private static List<String> projections(Parameters parameters, String network) {
    String end = ".downsample.0.weight";
    return parameters.byName().keySet().stream()
        .filter(name -> name.startsWith(network) && name.endsWith(end))
        .map(name -> name.substring(network.length() + 1, name.length() - end.length()))
        .toList();
  }
}
