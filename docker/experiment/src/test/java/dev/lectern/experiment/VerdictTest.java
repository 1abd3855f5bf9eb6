package dev.lectern.experiment;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class VerdictTest {
  private static final ExperimentPlan.Claim CLAIM = new ExperimentPlan.Claim("kd", -0.01);

  private static Verdict of(PairedDifference difference, int missing) {
    return new Verdict(CLAIM, difference, missing);
  }

  @Test
  void aClaimHoldsWhenTheLowerEndLiesAboveItsNumber() {
    Verdict holds = of(new PairedDifference(5, 0.01, -0.005, 0.025), 0);
    assertThat(holds.outcome()).isEqualTo(Verdict.Outcome.HOLDS);
    assertThat(holds.reason()).isEqualTo("the lower end -0.0050 is above -0.0100");

    Verdict fails = of(new PairedDifference(5, 0.01, -0.02, 0.04), 0);
    assertThat(fails.outcome()).isEqualTo(Verdict.Outcome.DOES_NOT_HOLD);
    assertThat(fails.reason()).isEqualTo("the lower end -0.0200 is not above -0.0100");
  }

  @Test
  void nothingIsDecidedWithoutEveryTrainingAnIntervalAndAMeasurement() {
    assertThat(of(new PairedDifference(3, 1, 0.9, 1.1), 4).outcome())
        .isEqualTo(Verdict.Outcome.OPEN);
    Verdict one =
        of(new PairedDifference(1, 1, Double.NEGATIVE_INFINITY, Double.POSITIVE_INFINITY), 0);
    assertThat(one.outcome()).isEqualTo(Verdict.Outcome.OPEN);
    assertThat(one.reason()).isEqualTo("one seed gives no interval");
    assertThat(of(null, 0).outcome()).isEqualTo(Verdict.Outcome.OPEN);
    assertThat(of(null, 0).reason()).isEqualTo("nothing was measured");
  }
}
