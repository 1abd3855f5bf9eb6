package dev.lectern.detector.prior;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class PriorGridTest {
  @Test
  void positionsRunOverLevelsThenRowsThenColumns() {
    PriorGrid grid = new PriorGrid(PriorGrid.levels(16, 20, 8, 16), 0.5, 1);
    // stride 8: 2 x 3 cells, stride 16: 1 x 2 cells
    assertThat(grid.levelCounts()).containsExactly(6, 2);
    assertThat(grid.positions()).isEqualTo(8);
    assertThat(grid.levelOf(5)).isZero();
    assertThat(grid.levelOf(6)).isEqualTo(1);
    assertThat(grid.centreX(4)).isEqualTo(12f);
    assertThat(grid.centreY(4)).isEqualTo(12f);
    assertThat(grid.centreX(7)).isEqualTo(24f);
  }

  @Test
  void squareAnchorsSurroundTheirCentre() {
    PriorGrid grid = new PriorGrid(List.of(new LevelGrid(8, 1, 2)), 0, 3);
    assertThat(grid.anchors()).containsExactly(-12, -12, 12, 12, -4, -12, 20, 12);
  }

  @Test
  void ratiosComeBeforeScales() {
    AnchorGenerator generator = new AnchorGenerator(1, 2, List.of(1.0, 4.0), 0);
    float[] anchors = generator.anchors(List.of(new LevelGrid(2, 1, 1)));
    // sides 2 and 2*sqrt(2); ratio 4 doubles the height and halves the width
    float diagonal = (float) Math.sqrt(2);
    assertThat(anchors[2]).isEqualTo(1f);
    assertThat(anchors[6]).isEqualTo(diagonal);
    assertThat(anchors[10]).isEqualTo(0.5f);
    assertThat(anchors[11]).isEqualTo(2f);
    assertThat(generator.anchorsPerCell()).isEqualTo(4);
  }
}
