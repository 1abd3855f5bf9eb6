package dev.lectern.experiment;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class VerdictTest {
  private static final ExperimentPlan.Claim CLAIM = new ExperimentPlan.Claim("kd", -0.01);

  private static Verdict of(PairedDifference difference, int seeds) {
    return new Verdict(CLAIM, difference, seeds, List.of());
  }

  @Test
  void aClaimHoldsWhenTheLowerEndLiesAboveItsNumber() {
    Verdict holds = of(new PairedDifference(5, 0.01, -0.005, 0.025), 5);
    assertThat(holds.outcome()).isEqualTo(Verdict.Outcome.HOLDS);
    assertThat(holds.reason()).isEqualTo("the lower end -0.0050 is above -0.0100");

    Verdict fails = of(new PairedDifference(5, 0.01, -0.02, 0.04), 5);
    assertThat(fails.outcome()).isEqualTo(Verdict.Outcome.DOES_NOT_HOLD);
    assertThat(fails.reason()).isEqualTo("the lower end -0.0200 is not above -0.0100");
  }

  @Test
  void nothingIsDecidedWithoutEveryTrainingAnIntervalAndAMeasurement() {
    Verdict some = of(new PairedDifference(3, 1, 0.9, 1.1), 5);
    assertThat(some.outcome()).isEqualTo(Verdict.Outcome.OPEN);
    assertThat(some.reason()).isEqualTo("3 of 5 pairs are measured");
    Verdict one =
        of(new PairedDifference(1, 1, Double.NEGATIVE_INFINITY, Double.POSITIVE_INFINITY), 1);
    assertThat(one.outcome()).isEqualTo(Verdict.Outcome.OPEN);
    assertThat(one.reason()).isEqualTo("one seed gives no interval");
    assertThat(of(null, 5).outcome()).isEqualTo(Verdict.Outcome.OPEN);
    assertThat(of(null, 5).reason()).isEqualTo("0 of 5 pairs are measured");
  }
}
