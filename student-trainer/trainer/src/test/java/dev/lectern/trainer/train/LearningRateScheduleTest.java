package dev.lectern.trainer.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.lectern.schemas.config.ConfigLoader;
import java.util.List;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;

class LearningRateScheduleTest {
  private static final Offset<Double> ROUNDING = within(1e-12);

  @Test
  void warmUpRisesLinearlyFromItsFactor() {
    LearningRateSchedule schedule = schedule(ScheduleConfig.Name.CONSTANT, 100, null);

    assertThat(schedule.factor(0, 0)).isCloseTo(0.001, ROUNDING);
    assertThat(schedule.factor(50, 0.1)).isCloseTo(0.001 + 0.5 * 0.999, ROUNDING);
    assertThat(schedule.factor(100, 0.2)).isEqualTo(1);
  }

  @Test
  void theWarmUpThatNobodySetIsAShareOfTheRun() {
    LearningRateSchedule schedule =
        new LearningRateSchedule(ConfigLoader.of("name: constant", ScheduleConfig.class), 12);

    // A tenth of 12 epochs is 1.2 of them, here 60 steps.
    assertThat(schedule.factor(0, 0)).isCloseTo(0.001, ROUNDING);
    assertThat(schedule.factor(30, 0.6)).isCloseTo(0.001 + 0.5 * 0.999, ROUNDING);
    assertThat(schedule.factor(60, 1.2)).isEqualTo(1);
    // With a thousand steps an epoch, 500 steps come first.
    assertThat(schedule.factor(250, 0.25)).isCloseTo(0.001 + 0.5 * 0.999, ROUNDING);
    assertThat(schedule.factor(500, 0.5)).isEqualTo(1);
  }

  @Test
  void aStepScheduleDropsAfterEightAndElevenTwelfths() {
    LearningRateSchedule schedule = schedule(ScheduleConfig.Name.STEP, 0, null);

    assertThat(schedule.factor(0, 7.99)).isEqualTo(1);
    assertThat(schedule.factor(0, 8)).isCloseTo(0.1, ROUNDING);
    assertThat(schedule.factor(0, 10.9)).isCloseTo(0.1, ROUNDING);
    assertThat(schedule.factor(0, 11)).isCloseTo(0.01, ROUNDING);
  }

  @Test
  void milestonesCanBeChosen() {
    LearningRateSchedule schedule = schedule(ScheduleConfig.Name.STEP, 0, List.of(2.0));

    assertThat(schedule.factor(0, 1.9)).isEqualTo(1);
    assertThat(schedule.factor(0, 11)).isCloseTo(0.1, ROUNDING);
  }

  @Test
  void aCosineScheduleEndsAtItsFinalFactor() {
    LearningRateSchedule schedule = schedule(ScheduleConfig.Name.COSINE, 0, null);

    assertThat(schedule.factor(0, 0)).isCloseTo(1, ROUNDING);
    assertThat(schedule.factor(0, 6)).as("half way").isCloseTo(0.01 + 0.99 / 2, ROUNDING);
    assertThat(schedule.factor(0, 12)).isCloseTo(0.01, ROUNDING);
  }

  private static LearningRateSchedule schedule(
      ScheduleConfig.Name name, int warmup, List<Double> milestones) {
    return new LearningRateSchedule(
        new ScheduleConfig(name, warmup, 0.001, milestones, 0.1, 0.01), 12);
  }
}
