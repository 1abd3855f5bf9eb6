package dev.lectern.detector.box;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

class DistanceCoderTest {
  @Test
  void distancesAreClampedToTheSupport() {
    float[] distances = new float[4];
    DistanceCoder.encode(5, 5, new float[] {3, 6, 6.5f, 30}, 0, 15.9, distances, 0);
    // 5-3, 5-6 clamped to 0, 6.5-5, 30-5 clamped to 15.9
    assertThat(distances).containsExactly(2f, 0f, 1.5f, 15.9f);
  }

  @Test
  void equalLogitsExpectTheMiddle() {
    assertThat(DistanceCoder.expectation(new float[5], 0, 1, 5)).isCloseTo(2, within(1e-12));
  }

  @Test
  void stepWalksThroughAChannelMajorMap() {
    // two cells, bins (0, 1): cell 1 has logits 0 and ln 3: probabilities 1/4, 3/4
    float[] map = {9, 0, -9, (float) Math.log(3)};
    assertThat(DistanceCoder.expectation(map, 1, 2, 2)).isCloseTo(0.75, within(1e-6));
  }

  @Test
  void hugeLogitsStayFinite() {
    assertThat(DistanceCoder.expectation(new float[] {-5000, 5000, 0}, 0, 1, 3)).isEqualTo(1);
  }
}
