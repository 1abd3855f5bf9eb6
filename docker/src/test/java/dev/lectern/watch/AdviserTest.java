package dev.lectern.watch;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class AdviserTest {
  private static final Load.Worker BUSY = new Load.Worker(2, 2.1, 0.02, 0.01);
  private static final Load.Run QUICK = new Load.Run("quick", 50, 0.05, 20.0);
  private static final Load.Run SLOW = new Load.Run("slow", 5, 0.05, 3600.0);

  @Test
  void busyTeachersWithMuchLeftSetThePace() {
    // 1000 views at 4 a second: 250 s; the run needs 20 s
    Advice advice = advise(open(1000, List.of(BUSY, BUSY), List.of(QUICK)));

    assertThat(advice.bottleneck()).isEqualTo(Side.INFERENCE);
    assertThat(advice.text())
        .startsWith("The teachers set the pace of r: 4.00 views/s, 4 min 10 s left")
        .contains("quick could train on 52.6 images/s")
        .contains("each further worker like these brings 2.04 views/s");
  }

  @Test
  void aRunThatTakesLongerThanTheRecordingSetsThePace() {
    Advice advice = advise(open(1000, List.of(BUSY, BUSY), List.of(QUICK, SLOW)));

    assertThat(advice.bottleneck()).isEqualTo(Side.TRAINING);
    assertThat(advice.text())
        .startsWith("The students set the pace: slow trains on 5.00 images/s and needs 1 h more")
        .contains("r is recorded in 4 min 10 s")
        .contains("more teachers would not");
  }

  @Test
  void aRunThatWaitsForDataIsHeldUpByReplay() {
    Load.Run starved = new Load.Run("starved", 5, 0.6, 3600.0);

    Advice advice = advise(open(1000, List.of(BUSY), List.of(starved)));

    assertThat(advice.bottleneck()).isEqualTo(Side.REPLAY);
    assertThat(advice.text()).contains("waits for data 60 % of the time");
  }

  @Test
  void aTeacherThatCannotGetRidOfItsOutputsIsNotTheLimit() {
    Load.Worker blocked = new Load.Worker(2, 20, 0.0, 0.9);

    Advice advice = advise(open(1000, List.of(blocked), List.of()));

    assertThat(advice.bottleneck()).isEqualTo(Side.SENDING);
    assertThat(advice.text()).contains("stand still 90 %").contains("--encode-threads");
  }

  @Test
  void aTeacherThatWaitsForViewsOfAGrowingDatasetIsHeldUpByPublishing() {
    Load.Worker idle = new Load.Worker(2, 20, 0.9, 0.0);
    Load load = new Load("r", true, true, true, 3, List.of(idle), 0, List.of(SLOW));

    Advice advice = advise(load);

    assertThat(advice.bottleneck()).isEqualTo(Side.VIEWS);
    assertThat(advice.text()).contains("publishing is the limit");
  }

  @Test
  void aSealedRecordingIsLimitedByItsStudents() {
    Load load = new Load("r", false, false, false, 0, List.of(), 0, List.of(SLOW));

    assertThat(advise(load).bottleneck()).isEqualTo(Side.TRAINING);
  }

  @Test
  void viewsWithoutAWorkerAskForOne() {
    Advice advice = advise(open(1200, List.of(), List.of()));

    assertThat(advice.bottleneck()).isEqualTo(Side.NONE);
    assertThat(advice.text())
        .isEqualTo(
            "No worker records r; 1,200 views wait. Start one with lectern teach --recording r"
                + " ...");
  }

  @Test
  void newWorkersAreNotJudged() {
    Load load = new Load("r", true, false, true, 100, List.of(), 2, List.of());

    assertThat(advise(load).text()).contains("have just begun");
  }

  @Test
  void aCompleteRecordingWithoutALedgerAsksForOne() {
    Load load = new Load("r", true, false, false, 0, List.of(), 0, List.of());

    assertThat(advise(load).text()).contains("lectern ledger --recording r");
  }

  @Test
  void nothingToDoNeedsNoAdvice() {
    Load load = new Load("r", false, false, false, 0, List.of(), 0, List.of());

    assertThat(Adviser.advise(load)).isEmpty();
  }

  private static Advice advise(Load load) {
    return Adviser.advise(load).orElseThrow();
  }

  private static Load open(long remaining, List<Load.Worker> workers, List<Load.Run> runs) {
    return new Load("r", true, false, true, remaining, workers, 0, runs);
  }
}
