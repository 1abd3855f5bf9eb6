package dev.lectern.trainer.assign;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Random;
import org.junit.jupiter.api.Test;

class DistributionRebinningTest {
  @Test
  void equalSupportsAreLeftAlone() {
    DistributionRebinning same = DistributionRebinning.between(3, 0.5, 3, 0.5);
    assertThat(same.isIdentity()).isTrue();
    float[] identity = {1, 0, 0, 0, 1, 0, 0, 0, 1};
    assertThat(edge(same, 0)).containsExactly(identity);
    assertThat(edge(same, 2)).containsExactly(identity);
  }

  @Test
  void studentCentreFurtherRightSeesLeftEdgesFurtherAway() {
    // teacher at the cell's origin, student in its middle: j + 1/2, halves to j and j + 1
    float[] left = edge(DistributionRebinning.between(3, 0, 4, 0.5), 0);
    assertThat(left).containsExactly(0.5f, 0.5f, 0, 0, 0, 0.5f, 0.5f, 0, 0, 0, 0.5f, 0.5f);
  }

  @Test
  void rightEdgesComeCloserAndWhatWouldBeNegativeGathersInBinZero() {
    float[] right = edge(DistributionRebinning.between(3, 0, 3, 0.5), 2);
    assertThat(right).containsExactly(1, 0, 0, 0.5f, 0.5f, 0, 0, 0.5f, 0.5f);
  }

  @Test
  void massBeyondAShorterSupportGathersInTheLastBin() {
    float[] left = edge(DistributionRebinning.between(4, 0, 2, 0), 0);
    assertThat(left).containsExactly(1, 0, 0, 1, 0, 1, 0, 1);
  }

  @Test
  void massIsPreservedForEverySupport() {
    Random random = new Random(7);
    for (int trial = 0; trial < 50; trial++) {
      int from = 2 + random.nextInt(20);
      int to = 2 + random.nextInt(20);
      float[] matrices =
          DistributionRebinning.between(from, random.nextDouble(), to, random.nextDouble())
              .matrices();
      for (int row = 0; row < 4 * from; row++) {
        double mass = 0;
        for (int b = 0; b < to; b++) {
          assertThat(matrices[row * to + b]).isNotNegative();
          mass += matrices[row * to + b];
        }
        assertThat(mass).isCloseTo(1, within(1e-6));
      }
    }
  }

  @Test
  void expectedEdgesStayInPlaceInsideTheSupport() {
    // teacher mass away from both ends, so that nothing is clamped
    double[] p = {0, 0, 0.2, 0.5, 0.3, 0, 0, 0};
    DistributionRebinning rebinning = DistributionRebinning.between(8, 0, 8, 0.25);
    double before = expectation(p);
    assertThat(expectation(apply(edge(rebinning, 1), p, 8))).isCloseTo(before + 0.25, within(1e-6));
    assertThat(expectation(apply(edge(rebinning, 3), p, 8))).isCloseTo(before - 0.25, within(1e-6));
  }

  @Test
  void offsetsInOtherCellsAreRefused() {
    assertThatThrownBy(() -> DistributionRebinning.between(8, 0, 8, 2))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("grid offset of the teacher is 0.0, of the student 2.0")
        .hasMessageContaining("at most one cell");
  }

  @Test
  void aSingleBinIsRefused() {
    assertThatThrownBy(() -> DistributionRebinning.between(8, 0, 1, 0))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("teacher has 8 and student 1 bins");
  }

  private static float[] edge(DistributionRebinning rebinning, int edge) {
    int size = rebinning.teacherBins() * rebinning.studentBins();
    float[] one = new float[size];
    System.arraycopy(rebinning.matrices(), edge * size, one, 0, size);
    return one;
  }

  private static double[] apply(float[] matrix, double[] p, int bins) {
    double[] moved = new double[bins];
    for (int j = 0; j < p.length; j++) {
      for (int b = 0; b < bins; b++) {
        moved[b] += p[j] * matrix[j * bins + b];
      }
    }
    return moved;
  }

  private static double expectation(double[] p) {
    double moment = 0;
    for (int j = 0; j < p.length; j++) {
      moment += j * p[j];
    }
    return moment;
  }
}
