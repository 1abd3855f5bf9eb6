package dev.lectern.watch;

import dev.lectern.schemas.log.ManifestStore;
import dev.lectern.schemas.log.TopicReader;
import dev.lectern.schemas.log.TopicTail;
import dev.lectern.schemas.record.DatasetManifest;
import dev.lectern.schemas.record.DeadLetter;
import dev.lectern.schemas.record.RecordingManifest;
import dev.lectern.schemas.record.State;
import dev.lectern.schemas.serde.CorruptRecordException;
import dev.lectern.schemas.serde.Status;
import dev.lectern.schemas.topic.RecordingTopics;
import dev.lectern.schemas.topic.Topic;
import dev.lectern.schemas.topic.Topics;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import org.apache.kafka.clients.CommonClientConfigs;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.common.errors.InterruptException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads what there is to see: manifests, heartbeats, dead letters, the ends of catalogs and the
 * settings of topics; never a payload, an index or a receipt.
 *
 * <p>The first snapshot reads these small topics, each later one only what was added. Belongs to no
 * consumer group and commits nothing. One thread at a time.
 */
public final class FleetReader implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(FleetReader.class);
  private static final int CAUSES = 5;
  private static final long MAX_DEAD_LETTERS = 10_000;
  private static final Duration COMPARED_EVERY = Duration.ofSeconds(30);

  private final Map<String, Object> client;
  private final Admin admin;
  private final ManifestStore manifests;
  private final TopicTail<String, Status> statusTail;
  private final Map<String, ReceivedStatus> statuses = new HashMap<>();
  private final Map<String, Letters> letters = new HashMap<>();
  private boolean listening;
  private long unknownHeartbeats;
  private Long comparedAt;
  private List<String> deleting = List.of();

  /** Dead letters of one recording, as far as they were read. */
  private static final class Letters {
    private final long recordingCreatedAt;
    private final DeadLetterCauses causes = new DeadLetterCauses();
    private final Map<Integer, Long> positions = new HashMap<>();
    private long passedOver;

    private Letters(long recordingCreatedAt) {
      this.recordingCreatedAt = recordingCreatedAt;
    }
  }

  /**
   * @param client Kafka client properties, at least {@code bootstrap.servers}
   */
  public FleetReader(Map<String, ?> client) {
    this.client = new HashMap<>(client);
    this.admin = Admin.create(this.client);
    this.manifests = new ManifestStore(client);
    this.statusTail = new TopicTail<>(client, Topics.status());
  }

  /**
   * Reads what has changed.
   *
   * @throws org.apache.kafka.common.KafkaException if the broker refuses or does not answer
   */
  public FleetSnapshot snapshot() {
    List<DatasetManifest> datasets = manifests.datasets();
    List<RecordingManifest> recordings = manifests.recordings();
    listen();
    Map<String, Long> catalogued = new HashMap<>();
    for (DatasetManifest dataset : datasets) {
      if (dataset.getState() == State.OPEN) {
        catalogued.put(dataset.getName(), records(Topics.catalog(dataset.getName())));
      }
    }
    Map<String, List<RecordingView.Cause>> causes = new HashMap<>();
    for (RecordingManifest recording : recordings) {
      if (hasDeadLetters(recording)) {
        causes.put(recording.getName(), causes(recording));
      }
    }
    return new FleetSnapshot(
        new Observations(
            System.currentTimeMillis(),
            datasets,
            recordings,
            catalogued,
            causes,
            List.copyOf(statuses.values()),
            warnings(recordings)),
        String.valueOf(client.get(CommonClientConfigs.BOOTSTRAP_SERVERS_CONFIG)));
  }

  /** Compares the settings of topics every half minute. */
  private List<String> warnings(List<RecordingManifest> recordings) {
    long now = System.nanoTime();
    if (comparedAt == null || now - comparedAt >= COMPARED_EVERY.toNanos()) {
      try {
        Set<String> found = new TreeSet<>();
        for (RecordingManifest recording : recordings) {
          RecordingTopics.deleting(admin, recording.getName(), recording.getDataset())
              .forEach(difference -> found.add(difference.warning()));
        }
        deleting = List.copyOf(found);
        comparedAt = now;
      } catch (InterruptedException e) {
        throw new InterruptException(e);
      }
    }
    List<String> warnings = new ArrayList<>(deleting);
    passedOver("lectern.manifests", manifests.passedOver().count(), warnings);
    passedOver("lectern.status", unknownHeartbeats, warnings);
    for (RecordingManifest recording : recordings) {
      Letters read = letters.get(recording.getName());
      if (read != null) {
        passedOver(Topics.deadLetters(recording.getName()).name(), read.passedOver, warnings);
      }
    }
    return warnings;
  }

  private static void passedOver(String topic, long records, List<String> warnings) {
    if (records > 0) {
      warnings.add(topic + ": " + Observations.passedOver(records));
    }
  }

  private void listen() {
    long now = System.currentTimeMillis();
    statusTail.readToEnd(
        record -> {
          try {
            Status status = record.value();
            if (status == null) {
              statuses.remove(record.key());
            } else {
              long sent = status.heartbeat().getSentAt();
              statuses.put(
                  record.key(), new ReceivedStatus(status, listening ? now : Math.min(now, sent)));
            }
          } catch (CorruptRecordException e) {
            unknownHeartbeats++;
            LOG.debug("heartbeat of an unknown form passed over: {}", e.getMessage());
          }
        });
    listening = true;
  }

  private boolean hasDeadLetters(RecordingManifest recording) {
    if (recording.getState() == State.SEALED) {
      return recording.getDeadLettered() > 0;
    }
    ReceivedStatus received = statuses.get(Status.keyOfLedger(recording.getName()));
    return received != null
        && received.status() instanceof Status.OfLedger ledger
        && ledger.value().getDeadLettered() > 0;
  }

  private List<RecordingView.Cause> causes(RecordingManifest recording) {
    Letters read = letters.get(recording.getName());
    if (read == null || read.recordingCreatedAt != recording.getCreatedAt()) {
      read = new Letters(recording.getCreatedAt());
      letters.put(recording.getName(), read);
    }
    Topic<String, DeadLetter> topic = Topics.deadLetters(recording.getName());
    try (TopicReader<String, DeadLetter> reader = TopicReader.sequential(client, topic)) {
      SortedMap<Integer, Long> ends = reader.endOffsets();
      SortedMap<Integer, Long> begins =
          read.positions.keySet().containsAll(ends.keySet())
              ? new TreeMap<>()
              : reader.beginningOffsets();
      for (Map.Entry<Integer, Long> end : ends.entrySet()) {
        long from =
            read.positions.computeIfAbsent(
                end.getKey(),
                partition -> Math.max(begins.get(partition), end.getValue() - MAX_DEAD_LETTERS));
        Letters into = read;
        reader.read(
            end.getKey(),
            from,
            end.getValue(),
            record -> {
              try {
                if (record.value() != null) {
                  into.causes.add(record.value());
                }
              } catch (CorruptRecordException e) {
                into.passedOver++;
                LOG.debug("dead letter passed over: {}", e.getMessage());
              }
            });
        read.positions.put(end.getKey(), Math.max(from, end.getValue()));
      }
    }
    return read.causes.top(CAUSES);
  }

  /** Records on a topic, not counting compaction; 0 if there is no such topic. */
  private long records(Topic<?, ?> topic) {
    try (TopicReader<?, ?> reader = TopicReader.sequential(client, topic)) {
      long ends = reader.endOffsets().values().stream().mapToLong(Long::longValue).sum();
      return ends - reader.beginningOffsets().values().stream().mapToLong(Long::longValue).sum();
    }
  }

  @Override
  public void close() {
    statusTail.close();
    manifests.close();
    admin.close(Duration.ZERO);
  }
}
