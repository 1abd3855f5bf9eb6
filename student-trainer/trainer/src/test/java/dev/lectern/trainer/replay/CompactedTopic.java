package dev.lectern.trainer.replay;

import dev.lectern.schemas.log.TopicReader;
import dev.lectern.schemas.topic.Topic;
import dev.lectern.trainer.testing.SyntheticRecording;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.common.config.ConfigResource;

/** A topic that the broker compacts within seconds, once it was asked to. */
final class CompactedTopic {
  private static final Duration WAIT = Duration.ofSeconds(90);

  private final Admin admin;
  private final SyntheticRecording recording;
  private final Topic<String, ?> topic;

  CompactedTopic(Admin admin, SyntheticRecording recording, Topic<String, ?> topic) {
    this.admin = admin;
    this.recording = recording;
    this.topic = topic;
  }

  /** Adds two records and waits until the broker has erased the earlier ones of their keys. */
  void compactAfter(String key, byte[] value, String otherKey, byte[] otherValue) throws Exception {
    configure(
        Map.of(
            "segment.ms", "100",
            "min.cleanable.dirty.ratio", "0.001",
            "max.compaction.lag.ms", "100"));
    recording.sendRaw(topic, key, value);
    recording.sendRaw(topic, otherKey, otherValue);
    long deadline = System.nanoTime() + WAIT.toNanos();
    int round = 0;
    while (records(Set.of(key, otherKey)) > 2) {
      if (System.nanoTime() > deadline) {
        throw new IllegalStateException(topic.name() + " was not compacted within " + WAIT);
      }
      // The last segment is never compacted, and a new one begins with the next record.
      for (int i = 0; i < 12; i++) {
        recording.sendRaw(topic, "roll-" + i + "-" + round % 2, null);
      }
      round++;
      Thread.sleep(500);
    }
  }

  private void configure(Map<String, String> settings) throws Exception {
    ConfigResource resource = new ConfigResource(ConfigResource.Type.TOPIC, topic.name());
    List<AlterConfigOp> changes =
        settings.entrySet().stream()
            .map(
                e ->
                    new AlterConfigOp(
                        new ConfigEntry(e.getKey(), e.getValue()), AlterConfigOp.OpType.SET))
            .toList();
    admin.incrementalAlterConfigs(Map.of(resource, changes)).all().get();
  }

  private int records(Set<String> keys) {
    Set<String> found = new HashSet<>();
    try (TopicReader<String, ?> reader = TopicReader.sequential(recording.kafka(), topic)) {
      SortedMap<Integer, Long> begins = reader.beginningOffsets();
      reader
          .endOffsets()
          .forEach(
              (partition, end) ->
                  reader.read(
                      partition,
                      begins.get(partition),
                      end,
                      record -> {
                        if (keys.contains(record.key())) {
                          found.add(record.coordinates());
                        }
                      }));
    }
    return found.size();
  }
}
