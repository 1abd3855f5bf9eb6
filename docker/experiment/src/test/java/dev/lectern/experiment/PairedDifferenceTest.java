package dev.lectern.experiment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

class PairedDifferenceTest {
  @Test
  void theIntervalIsStudents() {
    // Differences 1, 2, 3: mean 2, deviation 1; t(2) at 97.5 % is 4.302653, over the root of 3.
    PairedDifference difference =
        PairedDifference.of(new double[] {2, 4, 6}, new double[] {1, 2, 3}, 0.95);
    assertThat(difference.pairs()).isEqualTo(3);
    assertThat(difference.mean()).isCloseTo(2, within(1e-12));
    assertThat(difference.low()).isCloseTo(2 - 2.484138, within(1e-6));
    assertThat(difference.high()).isCloseTo(2 + 2.484138, within(1e-6));
  }

  @Test
  void moreConfidenceWidensIt() {
    double[] row = {0.44, 0.42, 0.45, 0.43, 0.44};
    double[] baseline = {0.40, 0.41, 0.39, 0.40, 0.38};
    // t(4): 2.776445 at 95 %, 4.604095 at 99 %; the differences deviate by 0.0212132
    PairedDifference wide = PairedDifference.of(row, baseline, 0.99);
    PairedDifference narrow = PairedDifference.of(row, baseline, 0.95);
    assertThat(narrow.high() - narrow.low()).isCloseTo(0.0526793, within(1e-6));
    assertThat(wide.high() - wide.low()).isCloseTo(0.0873568, within(1e-6));
  }

  @Test
  void onePairHasNoInterval() {
    PairedDifference difference = PairedDifference.of(new double[] {0.5}, new double[] {0.4}, 0.95);
    assertThat(difference.hasInterval()).isFalse();
    assertThat(difference.mean()).isCloseTo(0.1, within(1e-12));
  }

  @Test
  void figuresWithoutPairsAreRefused() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> PairedDifference.of(new double[2], new double[1], 0.95))
        .withMessage("found 2 and 1 figures, expected pairs");
  }
}
