package dev.lectern.detector.region;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

/** ATSS and the regions that follow from it. */
class AssignmentTest {
  // three anchors of side 4 in a row, centres (2, 2), (4, 2), (12, 2)
  private final float[] anchors = {0, 0, 4, 4, 2, 0, 6, 4, 10, 0, 14, 4};
  private final int[] oneLevel = {3};

  @Test
  void thresholdIsMeanPlusDeviationOfTheCandidates() {
    // box [0,0,4,4], topk 2: IoU 1 and 8/24 = 1/3: mean 2/3, deviation (n - 1) sqrt(2)/3
    Assignment assignment = new AtssAssigner(2).assign(anchors, oneLevel, new float[] {0, 0, 4, 4});
    assertThat(assignment.thresholds()[0]).isCloseTo(2.0 / 3 + Math.sqrt(2) / 3, within(1e-9));
    // 1 < 1.138: nothing is positive
    assertThat(assignment.objects()).containsExactly(-1, -1, -1);
  }

  @Test
  void loneCandidateIsPositive() {
    Assignment assignment = new AtssAssigner(1).assign(anchors, oneLevel, new float[] {0, 0, 4, 4});
    assertThat(assignment.objects()).containsExactly(0, -1, -1);
    assertThat(assignment.overlaps()).containsExactly(1f, -1f, -1f);
  }

  @Test
  void contestedAnchorGoesToTheLargerOverlap() {
    // both boxes have anchor 1 nearest; the second one is the anchor itself
    float[] boxes = {1, 0, 7, 4, 2, 0, 6, 4};
    Assignment assignment = new AtssAssigner(1).assign(anchors, oneLevel, boxes);
    assertThat(assignment.objects()).containsExactly(-1, 1, -1);
  }

  @Test
  void centreOnTheBordersEdgeIsNotInside() {
    // centre (12, 2) lies on the left edge
    Assignment assignment =
        new AtssAssigner(1).assign(anchors, oneLevel, new float[] {12, 0, 14, 4});
    assertThat(assignment.objects()).containsExactly(-1, -1, -1);
  }

  @Test
  void imageWithoutObjectsIsAllBackground() {
    Assignment assignment = AtssAssigner.DEFAULT.assign(anchors, oneLevel, new float[0]);
    assertThat(assignment.objects()).containsOnly(Assignment.BACKGROUND);
    assertThat(assignment.positives()).isZero();
    assertThat(ValuableRegion.official(anchors, new float[0], new double[0], 0.25))
        .containsOnly(0f);
  }

  @Test
  void levelCountsThatDoNotAddUpAreRefused() {
    assertThatThrownBy(() -> AtssAssigner.DEFAULT.assign(anchors, new int[] {2}, new float[0]))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("3 anchors, but the levels hold [2]");
  }

  @Test
  void officialRegionWeighsByOverlap() {
    // box [0,0,4,4]: anchor 0 is the box (D = 1), anchor 1: 8/16 - 4/52 = 0.423, IoU 1/3
    float[] weights =
        ValuableRegion.official(anchors, new float[] {0, 0, 4, 4}, new double[] {0.9}, 0.25);
    assertThat(weights[0]).isZero();
    assertThat(weights[1]).isCloseTo(1f / 3, within(1e-6f));
    assertThat(weights[2]).isZero();
  }

  @Test
  void printedRegionIncludesItsUpperBound() {
    float[] box = {0, 0, 4, 4};
    assertThat(ValuableRegion.paper(anchors, box, new double[] {1}, 0.25)).containsExactly(1, 1, 0);
    // anchor 1 has DIoU 1/3 - 4/52 = 0.256, below half of the threshold
    assertThat(ValuableRegion.paper(anchors, box, new double[] {1}, 0.5)).containsExactly(1, 0, 0);
  }

  @Test
  void mainRegionCanBeTakenOut() {
    Assignment main = new Assignment(new int[] {0, -1, -1}, new float[3], new double[] {1});
    assertThat(ValuableRegion.withoutMain(new float[] {1, 1, 0}, main)).containsExactly(0, 1, 0);
  }
}
