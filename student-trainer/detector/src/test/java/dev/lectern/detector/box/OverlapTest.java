package dev.lectern.detector.box;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

class OverlapTest {
  private final float[] left = {0, 0, 2, 2};
  private final float[] right = {1, 0, 3, 2};

  @Test
  void halfShiftedSquaresShareAThird() {
    // [0,0,2,2] vs [1,0,3,2]: 2 shared, 6 covered
    assertThat(Overlap.IOU.of(left, 0, right, 0)).isCloseTo(1.0 / 3, within(1e-12));
  }

  @Test
  void enclosingBoxWithoutGapLeavesGiouAtIou() {
    // enclosing 3x2 = 6 = covered area
    assertThat(Overlap.GIOU.of(left, 0, right, 0)).isCloseTo(1.0 / 3, within(1e-12));
  }

  @Test
  void apartBoxesHaveNegativeGiou() {
    // [0,0,1,1] vs [2,0,3,1]: nothing shared, 2 covered, 3 enclosed: -(3-2)/3
    double giou = Overlap.GIOU.of(new float[] {0, 0, 1, 1}, 0, new float[] {2, 0, 3, 1}, 0);
    assertThat(giou).isCloseTo(-1.0 / 3, within(1e-12));
  }

  @Test
  void centreDistanceIsTakenOffDiou() {
    // centres 1 apart, enclosing diagonal squared 9 + 4 = 13
    assertThat(Overlap.DIOU.of(left, 0, right, 0)).isCloseTo(1.0 / 3 - 1.0 / 13, within(1e-12));
  }

  @Test
  void formOverFirstAreaDividesByTheFirstBoxOnly() {
    // 2 shared of the first box's 4
    assertThat(Overlap.DIOU_OVER_FIRST_AREA.of(left, 0, right, 0))
        .isCloseTo(0.5 - 1.0 / 13, within(1e-12));
  }

  @Test
  void pointsWithoutAreaGiveNoNaN() {
    float[] point = {1, 1, 1, 1};
    for (Overlap overlap : Overlap.values()) {
      assertThat(overlap.of(point, 0, point, 0)).isFinite();
    }
  }

  @Test
  void pairwiseIsRowMajorOverTheFirstArgument() {
    float[] both = {0, 0, 2, 2, 1, 0, 3, 2};
    assertThat(Overlap.IOU.pairwise(both, left)).containsExactly(1f, 1f / 3);
    assertThat(Overlap.IOU.pairwise(both, new float[0])).isEmpty();
  }
}
