package dev.lectern.teacher.ledger;

import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.lectern.schemas.record.RecordingManifest;
import java.io.IOException;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.apache.kafka.common.errors.SerializationException;
import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.common.serialization.Serdes;

/**
 * How far a recording is; also the change of it that one event brings.
 *
 * @param expected distinct views of the catalog
 * @param recorded those with a valid receipt
 * @param deadLettered those with a dead letter and no valid receipt
 * @param duplicates valid receipts beyond the first of a view
 * @param rejected receipts that are not of this recording's teacher, views or kinds
 * @param bytesPerKind payload bytes of the recorded views per kind name; no zeros
 */
public record LedgerCounts(
    long expected,
    long recorded,
    long deadLettered,
    long duplicates,
    long rejected,
    SortedMap<String, Long> bytesPerKind) {
  private static final ObjectMapper JSON = new ObjectMapper();

  public static final LedgerCounts ZERO = new LedgerCounts(0, 0, 0, 0, 0, new TreeMap<>());
  static final LedgerCounts ONE_DUPLICATE = new LedgerCounts(0, 0, 0, 1, 0, new TreeMap<>());
  static final LedgerCounts ONE_REJECTED = new LedgerCounts(0, 0, 0, 0, 1, new TreeMap<>());

  /** Whether every catalogued view is accounted for. */
  @JsonIgnore
  public boolean isComplete() {
    return recorded + deadLettered == expected;
  }

  /** Views that are neither recorded nor given up: what is left for the fleet. */
  @JsonIgnore
  public long backlog() {
    return Math.max(0, expected - recorded - deadLettered);
  }

  /** What a sealed recording came to, with the duplicates and rejected receipts counted here. */
  LedgerCounts sealed(RecordingManifest sealed) {
    return new LedgerCounts(
        sealed.getExpected(),
        sealed.getRecorded(),
        sealed.getDeadLettered(),
        duplicates,
        rejected,
        new TreeMap<>(sealed.getBytesPerKind()));
  }

  public LedgerCounts plus(LedgerCounts other) {
    return combine(other, 1);
  }

  public LedgerCounts minus(LedgerCounts other) {
    return combine(other, -1);
  }

  private LedgerCounts combine(LedgerCounts other, int sign) {
    SortedMap<String, Long> bytes = new TreeMap<>(bytesPerKind);
    for (Map.Entry<String, Long> kind : other.bytesPerKind.entrySet()) {
      bytes.merge(kind.getKey(), sign * kind.getValue(), Long::sum);
    }
    bytes.values().removeIf(n -> n == 0);
    return new LedgerCounts(
        expected + sign * other.expected,
        recorded + sign * other.recorded,
        deadLettered + sign * other.deadLettered,
        duplicates + sign * other.duplicates,
        rejected + sign * other.rejected,
        bytes);
  }

  /** JSON; internal to the ledger's own topics. */
  static Serde<LedgerCounts> serde() {
    return Serdes.serdeFrom(
        (topic, counts) -> {
          try {
            return counts == null ? null : JSON.writeValueAsBytes(counts);
          } catch (JsonProcessingException e) {
            throw new SerializationException(topic + ": counts cannot be written", e);
          }
        },
        (topic, bytes) -> {
          try {
            return bytes == null ? null : JSON.readValue(bytes, LedgerCounts.class);
          } catch (IOException e) {
            throw new SerializationException(topic + ": found bytes that are not counts", e);
          }
        });
  }
}
