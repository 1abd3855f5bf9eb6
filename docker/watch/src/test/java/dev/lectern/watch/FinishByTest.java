package dev.lectern.watch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lectern.schemas.config.UserMistakeException;
import dev.lectern.schemas.status.TeacherWait;
import java.time.Duration;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FinishByTest {
  private static final Instant NOW = Instant.parse("2026-11-21T10:00:00Z");
  private static final ZonedDateTime ZONED = ZonedDateTime.parse("2026-11-21T11:00:00+01:00");

  @Test
  void enoughWorkersAreAskedFor() {
    // 10,000 views in 1000 s need 10 views/s; each worker gives 2.4
    Load load = load(10_000, new Load.Worker(2.4, 1e6, 2.5, Map.of()));

    FinishBy.Plan plan = plan(load, Duration.ofSeconds(1000));

    assertThat(plan.workersNeeded()).isEqualTo(5);
    assertThat(plan.workers()).isEqualTo(1);
    assertThat(plan.finishesAt()).isEqualTo("2026-11-21T11:09:26.666Z");
    assertThat(plan.text())
        .isEqualTo(
            "r: 5 workers finish 10,000 views in 16 min (2.40 views/s each); 1 worker is at work"
                + " and done in 1 h 9 min.");
  }

  @Test
  void aWorkerThatWaitedForViewsCanDoMore() {
    // It stood still 80 % of the time: 2 views/s while it had something to do is 10.
    Load load = load(1000, new Load.Worker(2, 1e6, 12, Map.of(TeacherWait.VIEWS, 0.8)));

    assertThat(plan(load, Duration.ofSeconds(100)).workersNeeded()).isEqualTo(1);
  }

  @Test
  void moreWorkersAreNotPromisedToHelpWhereTheBrokerIsTheLimit() {
    Load load = load(10_000, new Load.Worker(2, 1e6, 12, Map.of(TeacherWait.PUBLISH, 0.8)));

    assertThat(plan(load, Duration.ofSeconds(1000)).text())
        .contains("5 workers finish")
        .endsWith("But the broker takes no more outputs: more workers alone will not do.");
  }

  @Test
  void withoutAMeasuredWorkerNothingIsPromised() {
    Load load = new Load("r", true, false, true, 100, List.of(), 1, List.of(), 0);

    FinishBy.Plan plan = plan(load, Duration.ofSeconds(100));

    assertThat(plan.workersNeeded()).isNull();
    assertThat(plan.text()).contains("no worker has been measured");
  }

  @Test
  void finishedRecordingsNeedNoPlan() {
    Load load = new Load("r", false, false, true, 0, List.of(), 0, List.of(), 0);

    assertThat(FinishBy.of(NOW.plusSeconds(10), NOW, List.of(load)).plans()).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    "18:30, 2026-11-21T17:30:00Z",
    "09:00, 2026-11-22T08:00:00Z",
    "2026-11-22T18:30, 2026-11-22T17:30:00Z",
    "2026-11-22T18:30Z, 2026-11-22T18:30:00Z",
    "90m, 2026-11-21T11:30:00Z",
    "1h30m, 2026-11-21T11:30:00Z"
  })
  void timesAreReadAsPeopleWriteThem(String text, Instant expected) {
    assertThat(Deadline.parse(text, ZONED)).isEqualTo(expected);
  }

  @ParameterizedTest
  @CsvSource({"soon, expected a time as", "2020-01-01T00:00, that has passed"})
  void otherTimesAreRefused(String text, String part) {
    assertThatThrownBy(() -> Deadline.parse(text, ZONED))
        .isInstanceOf(UserMistakeException.class)
        .hasMessageContaining("--finish-by " + text)
        .hasMessageContaining(part);
  }

  private static FinishBy.Plan plan(Load load, Duration time) {
    return FinishBy.of(NOW.plus(time), NOW, List.of(load)).plans().get(0);
  }

  private static Load load(long remaining, Load.Worker worker) {
    return new Load("r", true, false, true, remaining, List.of(worker), 0, List.of(), 0);
  }
}
