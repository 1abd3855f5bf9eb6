package dev.lectern.schemas.serde;

import dev.lectern.schemas.record.Heartbeat;
import dev.lectern.schemas.record.LedgerStatus;
import dev.lectern.schemas.record.RunStatus;
import dev.lectern.schemas.record.WorkerStatus;
import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.common.serialization.Serdes;

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
      return "worker/" + value.getRecording() + "/" + value.getWorker();
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
      return "ledger/" + value.getRecording();
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
      return "run/" + value.getId();
    }

    @Override
    public Heartbeat heartbeat() {
      return value.getHeartbeat();
    }
  }

  /** Tells the three apart by the schema fingerprint that every record carries. */
  static Serde<Status> serde() {
    AvroSerde<WorkerStatus> worker = new AvroSerde<>(WorkerStatus.class);
    AvroSerde<LedgerStatus> ledger = new AvroSerde<>(LedgerStatus.class);
    AvroSerde<RunStatus> run = new AvroSerde<>(RunStatus.class);
    return Serdes.serdeFrom(
        (topic, status) -> {
          if (status instanceof OfWorker w) {
            return worker.serializer().serialize(topic, w.value());
          }
          if (status instanceof OfLedger l) {
            return ledger.serializer().serialize(topic, l.value());
          }
          return status instanceof OfRun r ? run.serializer().serialize(topic, r.value()) : null;
        },
        (topic, bytes) -> {
          if (bytes == null) {
            return null;
          }
          if (Fingerprints.isOneOf(bytes, WorkerStatus.class)) {
            return new OfWorker(worker.deserializer().deserialize(topic, bytes));
          }
          return Fingerprints.isOneOf(bytes, LedgerStatus.class)
              ? new OfLedger(ledger.deserializer().deserialize(topic, bytes))
              : new OfRun(run.deserializer().deserialize(topic, bytes));
        });
  }
}
