package dev.lectern.trainer.distil;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.lectern.trainer.distil.LossSchedule.Decay;
import org.junit.jupiter.api.Test;

class LossScheduleTest {
  private static final Double NEVER = null;

  @Test
  void withoutASettingTheWeightStays() {
    assertThat(LossSchedule.CONSTANT.factor(at(0, 0))).isEqualTo(1);
    assertThat(LossSchedule.CONSTANT.factor(at(900, 9.9))).isEqualTo(1);
  }

  @Test
  void warmUpInStepsEndsWithItsLastStep() {
    LossSchedule schedule = new LossSchedule(4, 0, Decay.NONE, 0, NEVER);

    assertThat(schedule.factor(at(0, 0))).isEqualTo(0.25);
    assertThat(schedule.factor(at(2, 0))).isEqualTo(0.75);
    assertThat(schedule.factor(at(3, 0))).isEqualTo(1);
    assertThat(schedule.factor(at(4, 0.1))).isEqualTo(1);
  }

  @Test
  void warmUpInEpochsStartsFromNothing() {
    LossSchedule schedule = new LossSchedule(0, 2, Decay.NONE, 0, NEVER);

    assertThat(schedule.factor(at(0, 0))).isZero();
    assertThat(schedule.factor(at(50, 0.5))).isEqualTo(0.25);
    assertThat(schedule.factor(at(200, 2))).isEqualTo(1);
  }

  @Test
  void linearDecayIsOneMinusTheDonePartOfTheRun() {
    LossSchedule schedule = new LossSchedule(0, 0, Decay.LINEAR, 0, NEVER);

    assertThat(schedule.factor(at(0, 0))).isEqualTo(1);
    assertThat(schedule.factor(at(250, 2.5))).isEqualTo(0.75);
    assertThat(schedule.factor(at(1000, 10))).isZero();
  }

  @Test
  void cosineDecayIsHalfWayInTheMiddle() {
    LossSchedule schedule = new LossSchedule(0, 0, Decay.COSINE, 0.2, NEVER);

    assertThat(schedule.factor(at(500, 5))).isCloseTo(0.6, within(1e-12));
    assertThat(schedule.factor(at(1000, 10))).isCloseTo(0.2, within(1e-12));
  }

  @Test
  void fromTheDetachEpochOnTheTermIsLeftOut() {
    LossSchedule schedule = new LossSchedule(0, 0, Decay.LINEAR, 0.5, 4.0);

    assertThat(schedule.factor(at(200, 2))).isEqualTo(0.75);
    assertThat(schedule.factor(at(399, 3.99))).isGreaterThan(0.5);
    assertThat(schedule.factor(at(400, 4))).isZero();
  }

  private static TrainingProgress at(long step, double epoch) {
    return new TrainingProgress(step, epoch, 10);
  }
}
