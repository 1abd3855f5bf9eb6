package dev.lectern.trainer.assign;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Random;
import org.junit.jupiter.api.Test;

class OneToOneMatchingTest {
  @Test
  void theCheapestPairsAreNotTakenOneByOne() {
    // row 0 would take column 0 for 1, which leaves row 1 with 100; together 2 + 3 is less
    assertThat(OneToOneMatching.match(new double[][] {{1, 2}, {3, 100}})).containsExactly(1, 0);
  }

  @Test
  void theTotalIsTheLeastOfAllAssignments() {
    Random random = new Random(3);
    for (int trial = 0; trial < 200; trial++) {
      double[][] costs = new double[1 + random.nextInt(4)][4 + random.nextInt(3)];
      for (double[] row : costs) {
        for (int j = 0; j < row.length; j++) {
          row[j] = random.nextGaussian();
        }
      }
      int[] found = OneToOneMatching.match(costs);
      double total = 0;
      for (int i = 0; i < found.length; i++) {
        total += costs[i][found[i]];
      }
      assertThat(found).doesNotHaveDuplicates();
      assertThat(total).isCloseTo(least(costs, 0, 0), within(1e-9));
    }
  }

  private static double least(double[][] costs, int row, int taken) {
    if (row == costs.length) {
      return 0;
    }
    double least = Double.POSITIVE_INFINITY;
    for (int j = 0; j < costs[0].length; j++) {
      if ((taken >> j & 1) == 0) {
        least = Math.min(least, costs[row][j] + least(costs, row + 1, taken | 1 << j));
      }
    }
    return least;
  }

  @Test
  void rowsBeyondTheColumnsFindNone() {
    assertThat(OneToOneMatching.match(new double[][] {{5}, {1}, {3}})).containsExactly(-1, 0, -1);
    assertThat(OneToOneMatching.match(new double[0][])).isEmpty();
  }
}
