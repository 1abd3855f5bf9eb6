package dev.lectern.detector.box;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.lectern.detector.box.DetectionDecoder.Limits;
import dev.lectern.detector.prior.LevelGrid;
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
    LevelLogits level = silent();
    level.cls()[cell(1, 1, 2)] = 0;
    for (int e = 0; e < 4; e++) {
      level.dist()[cell(e * BINS + 1, 1, 2)] = 100;
    }
    // When
    List<Detection> found = decoder(0.5, Limits.DEFAULT).decode(List.of(level), 1000, 1000);
    // Then centre (2.5 * 8, 1.5 * 8) = (20, 12), distances 8 pixels
    assertThat(found).containsExactly(new Detection(1, 0.5f, 12, 4, 28, 20));
  }

  @Test
  void boxesAreClippedToTheCanvas() {
    LevelLogits level = silent();
    level.cls()[cell(0, 0, 0)] = 3;
    List<Detection> found = decoder(0, Limits.DEFAULT).decode(List.of(level), 24, 5);
    // uniform bins 0, 1, 2: expectation 1 stride = 8 pixels around (0, 0)
    assertThat(found).hasSize(1);
    assertThat(found.get(0).x1()).isZero();
    assertThat(found.get(0).x2()).isCloseTo(8, within(1e-5f));
    assertThat(found.get(0).y2()).isEqualTo(5);
  }

  @Test
  void onePositionMayCarryTwoClasses() {
    LevelLogits level = silent();
    level.cls()[cell(0, 0, 1)] = 1;
    level.cls()[cell(1, 0, 1)] = 2;
    List<Detection> found = decoder(0, Limits.DEFAULT).decode(List.of(level), 24, 16);
    assertThat(found).extracting(Detection::label).containsExactly(1, 0);
  }

  @Test
  void scoreEqualToTheThresholdIsDropped() {
    LevelLogits level = silent();
    level.cls()[cell(0, 0, 1)] = 0;
    Limits half = new Limits(0.5, 0.6, 1000, 100);
    assertThat(decoder(0, half).decode(List.of(level), 24, 16)).isEmpty();
  }

  @Test
  void onlyTheBestOfALevelAreDecoded() {
    LevelLogits level = silent();
    for (int x = 0; x < 3; x++) {
      level.cls()[cell(0, 0, x)] = x;
    }
    List<Detection> found =
        decoder(0, new Limits(0.05, 1, 2, 100)).decode(List.of(level), 100, 100);
    assertThat(found)
        .extracting(Detection::score)
        .containsExactly((float) (1 / (1 + Math.exp(-2))), (float) (1 / (1 + Math.exp(-1))));
  }

  @Test
  void mapOfAnotherSizeIsRefused() {
    LevelLogits level = new LevelLogits(grid, new float[5], new float[72]);
    assertThatThrownBy(() -> decoder(0, Limits.DEFAULT).decode(List.of(level), 24, 16))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("stride 8: 5 class")
        .hasMessageContaining("expected 12 (2 classes) and 72 (4 x 3 bins) for 2x3 cells");
  }

  private static DetectionDecoder decoder(double offset, Limits limits) {
    return new DetectionDecoder(CLASSES, BINS, offset, limits);
  }

  private LevelLogits silent() {
    float[] cls = new float[CLASSES * grid.cells()];
    Arrays.fill(cls, -50);
    return new LevelLogits(grid, cls, new float[4 * BINS * grid.cells()]);
  }

  private int cell(int channel, int y, int x) {
    return (channel * grid.height() + y) * grid.width() + x;
  }
}
