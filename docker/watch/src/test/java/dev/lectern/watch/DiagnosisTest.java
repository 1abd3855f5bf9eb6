package dev.lectern.watch;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lectern.schemas.status.TeacherWait;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class DiagnosisTest {
  private static final Load.Replay STORED = new Load.Replay(0, 0.1, 0.2);
  private static final Load.Worker BUSY =
      worker(2.1, Map.of(TeacherWait.VIEWS, 0.02, TeacherWait.ENCODE, 0.01));
  private static final Load.Run QUICK = new Load.Run("quick", 50, 0.05, STORED, 20.0);
  private static final Load.Run SLOW = new Load.Run("slow", 5, 0.05, STORED, 3600.0);

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
  void aRunThatWaitsForDataIsHeldUpByWhatReplaySpendsItsTimeOn() {
    Advice kafka = advise(starved(new Load.Replay(0.9, null, 0.1)));
    Advice filling = advise(starved(new Load.Replay(0.9, 0.0, 0.1)));
    Advice disk = advise(starved(new Load.Replay(0.0, 0.7, 0.2)));
    Advice decoding = advise(starved(new Load.Replay(0.0, 0.2, 0.8)));

    assertThat(List.of(kafka, filling, disk, decoding))
        .allSatisfy(
            advice -> {
              assertThat(advice.bottleneck()).isEqualTo(Side.REPLAY);
              assertThat(advice.text()).contains("waits for data 60 % of the time");
            });
    assertThat(kafka.text()).contains("reading Kafka, anew in each epoch").contains("replay.store");
    assertThat(filling.text()).contains("later epochs are faster");
    assertThat(disk.text()).contains("faster disk").doesNotContain("decode-threads");
    assertThat(decoding.text()).contains("replay.decode-threads").doesNotContain("disk");
  }

  private static Load starved(Load.Replay replay) {
    return open(1000, List.of(BUSY), List.of(new Load.Run("starved", 5, 0.6, replay, 3600.0)));
  }

  @Test
  void aTeacherThatCannotGetRidOfItsOutputsIsNotTheLimit() {
    Advice encoding = advise(waitingFor(Map.of(TeacherWait.ENCODE, 0.9)));
    Advice sending = advise(waitingFor(Map.of(TeacherWait.PUBLISH, 0.4)));

    assertThat(encoding.bottleneck()).isEqualTo(Side.SENDING);
    assertThat(encoding.text()).contains("stand still 90 %").contains("--encode-threads");
    assertThat(sending.bottleneck()).isEqualTo(Side.SENDING);
    assertThat(sending.text())
        .contains("stand still 40 %")
        .contains("until the broker has their outputs (3.0 MB/s)")
        .contains("more workers would not");
  }

  @Test
  void aTeacherThatWaitsForViewsIsHeldUpByTheBrokerOrByDecoding() {
    Advice broker = advise(waitingFor(Map.of(TeacherWait.VIEWS, 0.6)));
    Advice decoding = advise(waitingFor(Map.of(TeacherWait.DECODE, 0.3, TeacherWait.VIEWS, 0.25)));

    assertThat(broker.bottleneck()).isEqualTo(Side.VIEWS);
    assertThat(broker.text()).contains("the broker sends them too slowly, or few are left");
    assertThat(decoding.bottleneck()).isEqualTo(Side.VIEWS);
    assertThat(decoding.text()).contains("stand still 55 %").contains("--decode-threads");
  }

  private static Load waitingFor(Map<TeacherWait, Double> waits) {
    return open(1000, List.of(worker(20, waits)), List.of());
  }

  @Test
  void aTeacherThatWaitsForViewsOfAGrowingDatasetIsHeldUpByPublishing() {
    Load.Worker idle = worker(20, Map.of(TeacherWait.VIEWS, 0.9));
    Load load = new Load("r", true, true, true, 3, List.of(idle), 0, List.of(SLOW), 0);

    Advice advice = advise(load);

    assertThat(advice.bottleneck()).isEqualTo(Side.VIEWS);
    assertThat(advice.text()).contains("publishing is the limit");
  }

  @Test
  void aSealedRecordingIsLimitedByItsStudents() {
    Load load = new Load("r", false, false, false, 0, List.of(), 0, List.of(SLOW), 0);

    assertThat(advise(load).bottleneck()).isEqualTo(Side.TRAINING);
  }

  @Test
  void aRunThatHasReadNothingYetIsHeldUpByReplayAndANewOneIsNotJudged() {
    Load.Run stuck = new Load.Run("stuck", 0, 0.95, new Load.Replay(0, null, 0), null);
    Load measured = new Load("r", false, false, false, 0, List.of(), 0, List.of(stuck), 0);
    Load fresh = new Load("r", false, false, false, 0, List.of(), 0, List.of(), 1);

    assertThat(advise(measured).bottleneck()).isEqualTo(Side.REPLAY);
    assertThat(advise(measured).text()).contains("reading Kafka, anew in each epoch");
    assertThat(advise(fresh).bottleneck()).isEqualTo(Side.NONE);
    assertThat(advise(fresh).text()).contains("The runs of r have just begun");
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
  void viewsWithoutALedgerAskForOneAndNotForAWorker() {
    Load load = new Load("r", true, false, false, 1200, List.of(), 0, List.of(), 0);

    assertThat(advise(load).text())
        .startsWith("No ledger keeps r: it is not known which of its views are recorded")
        .doesNotContain("teach");
  }

  @Test
  void aRunBeforeItsFirstStepHasNoRateAndNeedsNoThreads() {
    Load.Run first = new Load.Run("first", 0, 0.95, new Load.Replay(0.1, null, 0.6), null);
    Load load = new Load("r", false, false, false, 0, List.of(), 0, List.of(first), 0);

    assertThat(advise(load).text())
        .contains("first has not finished a step yet", "decoding the first batches")
        .doesNotContain("images/s", "decode-threads");
  }

  @Test
  void nobodyWaitsForMoreThanAllOfTheTime() {
    Load.Worker slow = worker(2, Map.of(TeacherWait.VIEWS, 0.9, TeacherWait.PUBLISH, 0.6));

    assertThat(advise(open(1000, List.of(slow), List.of())).text()).contains("100 % of the time");
  }

  @Test
  void newWorkersAreNotJudged() {
    Load load = new Load("r", true, false, true, 100, List.of(), 2, List.of(), 0);

    assertThat(advise(load).text()).contains("have just begun");
  }

  @Test
  void aCompleteRecordingWithoutALedgerAsksForOne() {
    Load load = new Load("r", true, false, false, 0, List.of(), 0, List.of(), 0);

    assertThat(advise(load).text()).contains("lectern ledger --recording r");
  }

  @Test
  void nothingToDoNeedsNoAdvice() {
    Load load = new Load("r", false, false, false, 0, List.of(), 0, List.of(), 0);

    assertThat(Diagnosis.advise(load)).isEmpty();
  }

  private static Load.Worker worker(double ownRate, Map<TeacherWait, Double> waits) {
    return new Load.Worker(2, 3e6, ownRate, waits);
  }

  private static Advice advise(Load load) {
    return Diagnosis.advise(load).orElseThrow();
  }

  private static Load open(long remaining, List<Load.Worker> workers, List<Load.Run> runs) {
    return new Load("r", true, false, true, remaining, workers, 0, runs, 0);
  }
}
