package dev.lectern.watch;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lectern.schemas.record.Phase;
import dev.lectern.schemas.record.State;
import dev.lectern.schemas.serde.Status;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class FleetAssemblyTest {
  @Test
  void anOpenRecordingIsCountedByItsLedger() {
    RecordingView r = Fleets.busy().recordings().get(0);

    assertThat(r.state()).isEqualTo("open");
    assertThat(r.counts().recorded()).isEqualTo(397);
    assertThat(r.counts().remaining()).isEqualTo(600);
    assertThat(r.counts().progress()).isEqualTo(0.4);
    // 600 views at 12 a second
    assertThat(r.etaSeconds()).isEqualTo(50);
    assertThat(r.bytes()).isEqualTo(460_000_000);
    assertThat(r.bytesPerKind()).containsKey("class-scores");
    assertThat(r.workers()).isEqualTo(1);
    assertThat(r.causes()).hasSize(1);
  }

  @Test
  void aSealedRecordingIsCountedByItsManifest() {
    RecordingView r = Fleets.busy().recordings().get(1);

    assertThat(r.counts().recorded()).isEqualTo(999);
    assertThat(r.counts().progress()).isEqualTo(1);
    assertThat(r.etaSeconds()).isNull();
    assertThat(r.sealedAt()).isEqualTo("2026-11-21T10:00:00Z");
  }

  @Test
  void aLedgerOfAnEarlierRecordingOfTheSameNameDoesNotCount() {
    FleetView fleet = assembled(Fleets.received(Fleets.ledger(Fleets.CREATED_MS - 1), 1));

    assertThat(fleet.recordings().get(0).ledger()).isEqualTo("none");
    assertThat(fleet.recordings().get(0).counts().recorded()).isZero();
    assertThat(fleet.recordings().get(0).counts().expected()).isEqualTo(1000);
  }

  @Test
  void aSilentWorkerIsLostAndOneThatEndedIsNot() {
    FleetView fleet =
        assembled(
            Fleets.received(Fleets.worker("silent", Phase.WORKING, 5), 16),
            Fleets.received(Fleets.worker("done", Phase.ENDED, 5), 16),
            Fleets.received(Fleets.worker("present", Phase.WORKING, 5), 14),
            Fleets.received(Fleets.worker("yesterday", Phase.ENDED, 5), 80_000));

    assertThat(fleet.workers())
        .extracting(w -> w.worker() + " " + w.presence().state())
        .containsExactly("present working", "done ended", "silent lost");
    assertThat(fleet.workers().get(2).viewsPerSecond()).isZero();
  }

  @Test
  void aRunShowsItsHistory() {
    RunView run = Fleets.busy().runs().get(0);

    assertThat(run.name()).isEqualTo("with-ld");
    assertThat(run.losses().curve().steps()).hasSize(100).last().isEqualTo(400L);
    assertThat(run.losses().curve().losses()).containsOnlyKeys("loss_cls", "loss_ld");
    assertThat(run.losses().losses()).containsOnlyKeys("loss_cls", "loss_ld");
    assertThat(run.accuracy().ap()).isEqualTo(0.11);
    // 8 epochs of 100 steps of 8 views at 40 a second
    assertThat(run.etaSeconds()).isEqualTo(160);
    assertThat(Fleets.busy().runs().get(1).presence().state()).isEqualTo("failed");
  }

  @Test
  void whatIsLeftOfARunIsKnownBetweenEpochsToo() {
    Status.OfRun measured = (Status.OfRun) Fleets.run("measured", Phase.WORKING);
    measured.value().setStepsOfEpoch(0);

    FleetView fleet = assembled(Fleets.received(measured, 1));

    // 400 steps in 4 epochs: 8 epochs of 100 steps of 8 views at 40 a second
    assertThat(fleet.runs().get(0).etaSeconds()).isEqualTo(160);
  }

  @Test
  void adviceAndPlanFollowTheFigures() {
    FleetView fleet = Fleets.busy();

    assertThat(fleet.advice()).extracting(Advice::bottleneck).containsExactly(Side.TRAINING);
    assertThat(fleet.finishBy().plans())
        .extracting(FinishBy.Plan::workersNeeded)
        .containsExactly(1);
  }

  @Test
  void whatALedgerPassedOverIsAWarning() {
    assertThat(Fleets.busy().warnings())
        .containsExactly(
            "topic mini-plus.class-scores: the broker deletes records older than 60 s",
            "recording mini-plus: 2 records do not decode and are passed over by its ledger");
  }

  @Test
  void anEmptyFleetIsAFleet() {
    FleetView fleet =
        FleetAssembly.assemble(
            new Observations(
                Fleets.NOW_MS, List.of(), List.of(), Map.of(), Map.of(), List.of(), List.of()),
            "b",
            null);

    assertThat(fleet.recordings()).isEmpty();
    assertThat(fleet.advice()).isEmpty();
    assertThat(FleetJson.of(fleet)).startsWith("{\"version\":1,");
  }

  private static FleetView assembled(ReceivedStatus... received) {
    return FleetAssembly.assemble(
        new Observations(
            Fleets.NOW_MS,
            List.of(Fleets.dataset()),
            List.of(Fleets.recording("mini-plus", State.OPEN)),
            Map.of(),
            Map.of(),
            List.of(received),
            List.of()),
        "b",
        null);
  }

  @Test
  void eachSenderHasAKeyOfItsOwn() {
    Status worker = Fleets.worker("w", Phase.WORKING, 1);

    assertThat(worker.key()).isEqualTo("worker/mini-plus/w");
    assertThat(Fleets.ledger(0).key()).isEqualTo("ledger/mini-plus");
    assertThat(Fleets.run("r", Phase.WORKING).key()).isEqualTo("run/r-0011aabb");
  }
}
