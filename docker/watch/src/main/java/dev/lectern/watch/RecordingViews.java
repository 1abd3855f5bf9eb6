package dev.lectern.watch;

import dev.lectern.schemas.record.DatasetManifest;
import dev.lectern.schemas.record.LedgerStatus;
import dev.lectern.schemas.record.RecordingManifest;
import dev.lectern.schemas.record.State;
import dev.lectern.schemas.serde.Status;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/** What is known of recordings: from their manifests, and while they are open from ledgers. */
final class RecordingViews {
  private final Observations seen;
  private final List<WorkerView> workers;

  private RecordingViews(Observations seen, List<WorkerView> workers) {
    this.seen = seen;
    this.workers = workers;
  }

  static List<RecordingView> of(Observations seen, List<WorkerView> workers) {
    RecordingViews views = new RecordingViews(seen, workers);
    return seen.recordings().stream().map(views::view).toList();
  }

  private RecordingView view(RecordingManifest r) {
    boolean sealed = r.getState() == State.SEALED;
    Optional<ReceivedStatus> received =
        seen.statuses().stream().filter(h -> isLedgerOf(h.status(), r)).findAny();
    LedgerStatus ledger = received.map(h -> ((Status.OfLedger) h.status()).value()).orElse(null);
    String ledgerState = received.map(h -> Presence.state(h, seen.nowMs())).orElse("none");
    boolean counted = !sealed && ledger != null;
    long expected = sealed ? r.getExpected() : expected(r, ledger);
    long recorded = sealed ? r.getRecorded() : counted ? ledger.getRecorded() : 0;
    long dead = sealed ? r.getDeadLettered() : counted ? ledger.getDeadLettered() : 0;
    long remaining = sealed ? 0 : Math.max(0, expected - recorded - dead);
    double rate =
        counted && Presence.isAtWork(ledgerState) ? Figures.rounded(ledger.getViewsPerSecond()) : 0;
    SortedMap<String, Long> bytes = new TreeMap<>();
    Map<String, Long> perKind =
        sealed ? r.getBytesPerKind() : counted ? ledger.getBytesPerKind() : Map.of();
    perKind.forEach((kind, n) -> bytes.put(kind.toLowerCase(Locale.ROOT).replace('_', '-'), n));
    return new RecordingView(
        r.getName(),
        JsonText.of(r.getState()),
        r.getDataset(),
        r.getDescriptor().getName(),
        ledgerState,
        new RecordingView.Counts(
            expected,
            recorded,
            dead,
            remaining,
            sealed
                ? 1
                : expected == 0
                    ? 0
                    : Figures.rounded(Math.min(1, (recorded + dead) / (double) expected)),
            ledger == null ? 0 : ledger.getDuplicates(),
            ledger == null ? 0 : ledger.getRejected()),
        rate,
        rate > 0 && remaining > 0 ? Figures.rounded(remaining / rate) : null,
        bytes.values().stream().mapToLong(Long::longValue).sum(),
        bytes,
        (int) workers.stream().filter(worker -> worker.isAtWorkOn(r.getName())).count(),
        seen.causes().getOrDefault(r.getName(), List.of()),
        JsonText.time(r.getCreatedAt()),
        sealed ? JsonText.time(r.getSealedAt()) : null);
  }

  /** A ledger of an earlier recording of the same name does not count. */
  private static boolean isLedgerOf(Status status, RecordingManifest recording) {
    return status instanceof Status.OfLedger ledger
        && ledger.value().getRecording().equals(recording.getName())
        && ledger.value().getRecordingCreatedAt() == recording.getCreatedAt();
  }

  private long expected(RecordingManifest r, LedgerStatus ledger) {
    Optional<DatasetManifest> sealed =
        seen.dataset(r.getDataset()).filter(d -> d.getState() == State.SEALED);
    if (sealed.isPresent()) {
      return sealed.get().getViews();
    }
    long catalogued = seen.catalogued().getOrDefault(r.getDataset(), 0L);
    return ledger == null ? catalogued : Math.max(catalogued, ledger.getExpected());
  }
}
