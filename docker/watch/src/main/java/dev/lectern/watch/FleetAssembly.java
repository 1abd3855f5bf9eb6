package dev.lectern.watch;

import dev.lectern.schemas.serde.Status;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Builds a fleet from observations of the topics; a pure function. */
final class FleetAssembly {
  private FleetAssembly() {}

  /**
   * @param finishBy null if nobody asked for a time
   */
  static FleetView assemble(Observations seen, String bootstrapServers, Instant finishBy) {
    List<WorkerView> workers = WorkerViews.of(seen);
    List<RunView> runs = RunViews.of(seen);
    List<RecordingView> recordings = RecordingViews.of(seen, workers);
    List<Load> loads = recordings.stream().map(new Loads(seen, workers, runs)::of).toList();
    Instant now = Instant.ofEpochMilli(seen.nowMs());
    return new FleetView(
        FleetView.VERSION,
        now.toString(),
        bootstrapServers,
        DatasetViews.of(seen),
        recordings,
        workers,
        runs,
        loads.stream().map(Diagnosis::advise).flatMap(Optional::stream).toList(),
        warnings(seen),
        finishBy == null ? null : FinishBy.of(finishBy, now, loads));
  }

  private static List<String> warnings(Observations seen) {
    List<String> warnings = new ArrayList<>(seen.warnings());
    for (ReceivedStatus received : seen.statuses()) {
      if (received.status() instanceof Status.OfLedger ledger
          && ledger.value().getPassedOver() > 0) {
        warnings.add(
            "recording "
                + ledger.value().getRecording()
                + ": "
                + Observations.passedOver(ledger.value().getPassedOver())
                + " by its ledger");
      }
    }
    return List.copyOf(warnings);
  }
}
