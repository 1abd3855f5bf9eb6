package dev.lectern.teacher.ledger;

import dev.lectern.schemas.record.Heartbeat;
import dev.lectern.schemas.record.LedgerStatus;
import dev.lectern.schemas.serde.Status;
import dev.lectern.schemas.status.RateWindow;
import dev.lectern.schemas.status.StatusSource;
import java.time.Duration;
import java.util.Optional;
import java.util.function.LongSupplier;

/** What a ledger reports of its recording, as long as it is the instance that keeps the counts. */
final class LedgerReport implements StatusSource {
  private static final Duration WINDOW = Duration.ofSeconds(30);

  private final String recording;
  private final long createdAt;
  private final LongSupplier passedOver;
  private final RateWindow window = new RateWindow(WINDOW);
  private volatile LedgerCounts counts;

  /**
   * @param createdAt of the recording's manifest
   * @param passedOver records that did not decode, so far
   */
  LedgerReport(String recording, long createdAt, LongSupplier passedOver) {
    this.recording = recording;
    this.passedOver = passedOver;
    this.createdAt = createdAt;
  }

  /**
   * @param kept empty if another instance keeps the counts
   */
  void counted(Optional<LedgerCounts> kept) {
    counts = kept.orElse(null);
  }

  @Override
  public Status status(Heartbeat heartbeat) {
    LedgerCounts now = counts;
    if (now == null) {
      return null;
    }
    window.add(System.nanoTime(), now.recorded() + now.deadLettered());
    return new Status.OfLedger(
        new LedgerStatus(
            heartbeat,
            recording,
            createdAt,
            now.expected(),
            now.recorded(),
            now.deadLettered(),
            now.duplicates(),
            now.rejected(),
            now.bytesPerKind(),
            window.millis(),
            window.perSecond(0),
            passedOver.getAsLong()));
  }
}
