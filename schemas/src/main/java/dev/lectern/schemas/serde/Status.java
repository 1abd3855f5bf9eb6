package dev.lectern.schemas.serde;

import dev.lectern.schemas.record.Heartbeat;
import dev.lectern.schemas.record.LedgerStatus;
import dev.lectern.schemas.record.RunStatus;
import dev.lectern.schemas.record.WorkerStatus;
import org.apache.kafka.common.serialization.Serde;

/** A value of the status topic: of a worker, a ledger or a run. */
public sealed interface Status {
  /** What it is filed under: a later status of the same process has the same key. */
  String key();

  /** Who sent it, and when. */
  Heartbeat heartbeat();

  /** What a teacher worker does. */
  record OfWorker(WorkerStatus value) implements Status {
    @Override
    public String key() {
      return keyOfWorker(value.getRecording(), value.getWorker());
    }

    @Override
    public Heartbeat heartbeat() {
      return value.getHeartbeat();
    }
  }

  /** How far a recording is. */
  record OfLedger(LedgerStatus value) implements Status {
    @Override
    public String key() {
      return keyOfLedger(value.getRecording());
    }

    @Override
    public Heartbeat heartbeat() {
      return value.getHeartbeat();
    }
  }

  /** What a training run does. */
  record OfRun(RunStatus value) implements Status {
    @Override
    public String key() {
      return keyOfRun(value.getId());
    }

    @Override
    public Heartbeat heartbeat() {
      return value.getHeartbeat();
    }
  }

  /** Key of a worker's status. */
  static String keyOfWorker(String recording, String worker) {
    return "worker/" + recording + "/" + worker;
  }

  /** Key of the status of a recording's ledger. */
  static String keyOfLedger(String recording) {
    return "ledger/" + recording;
  }

  /** Key of a run's status. */
  static String keyOfRun(String id) {
    return "run/" + id;
  }

  /** Tells the three apart. */
  static Serde<Status> serde() {
    return new KindsSerde<Status>()
        .with(WorkerStatus.class, OfWorker.class, OfWorker::new, OfWorker::value)
        .with(LedgerStatus.class, OfLedger.class, OfLedger::new, OfLedger::value)
        .with(RunStatus.class, OfRun.class, OfRun::new, OfRun::value)
        .serde();
  }
}
