package dev.lectern.detector.box;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.lectern.detector.box.DetectionDecoder.Limits;
import dev.lectern.detector.network.Outputs;
import dev.lectern.detector.prior.AnchorGenerator;
import dev.lectern.detector.prior.LevelGrid;
import dev.lectern.detector.prior.PriorGrid;
import dev.lectern.schemas.descriptor.TensorRole;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class DetectionDecoderTest {
  private static final int CLASSES = 2;
  private static final int BINS = 3;
  private final LevelGrid grid = new LevelGrid(8, 2, 3);

  @Test
  void certainDistributionsGiveTheBoxAroundThePrior() {
    // Given class 1 with logit 0 at cell (y 1, x 2), every edge surely 1 stride away
    Outputs<float[]> level = silent();
    level.get(TensorRole.CLASS_LOGITS, 0)[cell(1, 1, 2)] = 0;
    for (int e = 0; e < 4; e++) {
      level.get(TensorRole.BOX_DISTRIBUTION, 0)[cell(e * BINS + 1, 1, 2)] = 100;
    }
    // When
    List<Detection> found = decoder(0.5, Limits.DEFAULT).decode(level, 1000, 1000);
    // Then centre (2.5 * 8, 1.5 * 8) = (20, 12), distances 8 pixels
    assertThat(found).containsExactly(new Detection(1, 0.5f, 12, 4, 28, 20));
  }

  @Test
  void boxesAreClippedToTheCanvas() {
    Outputs<float[]> level = silent();
    level.get(TensorRole.CLASS_LOGITS, 0)[cell(0, 0, 0)] = 3;
    List<Detection> found = decoder(0, Limits.DEFAULT).decode(level, 24, 5);
    // uniform bins 0, 1, 2: expectation 1 stride = 8 pixels around (0, 0)
    assertThat(found).hasSize(1);
    assertThat(found.get(0).x1()).isZero();
    assertThat(found.get(0).x2()).isCloseTo(8, within(1e-5f));
    assertThat(found.get(0).y2()).isEqualTo(5);
  }

  @Test
  void onePositionMayCarryTwoClasses() {
    Outputs<float[]> level = silent();
    level.get(TensorRole.CLASS_LOGITS, 0)[cell(0, 0, 1)] = 1;
    level.get(TensorRole.CLASS_LOGITS, 0)[cell(1, 0, 1)] = 2;
    List<Detection> found = decoder(0, Limits.DEFAULT).decode(level, 24, 16);
    assertThat(found).extracting(Detection::label).containsExactly(1, 0);
  }

  @Test
  void scoreEqualToTheThresholdIsDropped() {
    Outputs<float[]> level = silent();
    level.get(TensorRole.CLASS_LOGITS, 0)[cell(0, 0, 1)] = 0;
    Limits half = new Limits(0.5, 0.6, 1000, 100);
    assertThat(decoder(0, half).decode(level, 24, 16)).isEmpty();
  }

  @Test
  void onlyTheBestOfALevelAreDecoded() {
    Outputs<float[]> level = silent();
    for (int x = 0; x < 3; x++) {
      level.get(TensorRole.CLASS_LOGITS, 0)[cell(0, 0, x)] = x;
    }
    List<Detection> found = decoder(0, new Limits(0.05, 1, 2, 100)).decode(level, 100, 100);
    assertThat(found)
        .extracting(Detection::score)
        .containsExactly((float) (1 / (1 + Math.exp(-2))), (float) (1 / (1 + Math.exp(-1))));
  }

  @Test
  void mapOfAnotherSizeIsRefused() {
    Outputs<float[]> level = outputs(new float[5], new float[72]);
    assertThatThrownBy(() -> decoder(0, Limits.DEFAULT).decode(level, 24, 16))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "level of stride 8: found 5 numbers of cls, expected 12 (2 channels) for 2x3 cells");
  }

  @Test
  void anchorsOfACellHaveTheirOwnScoresAndDistributions() {
    // Given two anchors per cell; the second of cell (y 1, x 0) sees class 0, one stride each way
    PriorGrid priors = new PriorGrid(List.of(grid), new AnchorGenerator(1, 2, List.of(1.0), 0));
    int cells = grid.cells();
    float[] cls = new float[2 * CLASSES * cells];
    Arrays.fill(cls, -50);
    cls[CLASSES * cells + 3] = 0;
    float[] dist = new float[2 * 4 * BINS * cells];
    for (int e = 0; e < 4; e++) {
      dist[(4 * BINS + e * BINS + 1) * cells + 3] = 100;
    }
    // When
    List<Detection> found =
        new DetectionDecoder(
                CLASSES, priors, new DistributionDecoder(BINS), new Limits(0.4, 0.6, 10, 10))
            .decode(outputs(cls, dist), 1000, 1000);
    // Then centre (0, 8), distances 8 pixels, clipped at 0
    assertThat(found).containsExactly(new Detection(0, 0.5f, 0, 0, 8, 16));
  }

  private DetectionDecoder decoder(double offset, Limits limits) {
    return new DetectionDecoder(
        CLASSES, PriorGrid.points(List.of(grid), offset), new DistributionDecoder(BINS), limits);
  }

  private Outputs<float[]> silent() {
    float[] cls = new float[CLASSES * grid.cells()];
    Arrays.fill(cls, -50);
    return outputs(cls, new float[4 * BINS * grid.cells()]);
  }

  private static Outputs<float[]> outputs(float[] cls, float[] dist) {
    return Outputs.<float[]>none()
        .with(TensorRole.CLASS_LOGITS, List.of(cls))
        .with(TensorRole.BOX_DISTRIBUTION, List.of(dist));
  }

  private int cell(int channel, int y, int x) {
    return (channel * grid.height() + y) * grid.width() + x;
  }
}
