package dev.lectern.detector.box;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class NonMaximumSuppressionTest {
  // [0,0,2,2] vs [1,0,3,2]: IoU 1/3
  private final float[] boxes = {0, 0, 2, 2, 1, 0, 3, 2, 10, 10, 12, 12};

  @Test
  void strongerBoxSuppressesOverlappingOne() {
    int[] kept = NonMaximumSuppression.keep(boxes, new float[] {0.5f, 0.9f, 0.7f}, 0.3, 10);
    assertThat(kept).containsExactly(1, 2);
  }

  @Test
  void overlapEqualToTheThresholdIsKept() {
    // [0,0,2,2] vs [0,0,2,1]: IoU exactly 1/2
    float[] halves = {0, 0, 2, 2, 0, 0, 2, 1};
    int[] kept = NonMaximumSuppression.keep(halves, new float[] {0.9f, 0.8f}, 0.5, 10);
    assertThat(kept).containsExactly(0, 1);
  }

  @Test
  void equalScoresKeepTheLowerIndexFirst() {
    int[] kept = NonMaximumSuppression.keep(boxes, new float[] {0.5f, 0.5f, 0.5f}, 0.3, 10);
    assertThat(kept).containsExactly(0, 2);
  }

  @Test
  void otherClassesDoNotSuppress() {
    int[] kept =
        NonMaximumSuppression.keep(
            boxes, new float[] {0.5f, 0.9f, 0.7f}, new int[] {0, 1, 1}, 0.3, 10);
    assertThat(kept).containsExactly(1, 2, 0);
  }

  @Test
  void limitStopsEarly() {
    int[] kept = NonMaximumSuppression.keep(boxes, new float[] {0.5f, 0.9f, 0.7f}, 0.3, 1);
    assertThat(kept).containsExactly(1);
  }

  @Test
  void missingScoreIsRefused() {
    assertThatThrownBy(() -> NonMaximumSuppression.keep(boxes, new float[] {1}, 0.5, 10))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("12 box coordinates, 1 scores");
  }
}
