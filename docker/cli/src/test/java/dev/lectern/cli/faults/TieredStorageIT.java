package dev.lectern.cli.faults;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.lectern.cli.Site;
import dev.lectern.cli.TinyTeacher;
import dev.lectern.schemas.record.TensorKind;
import dev.lectern.schemas.topic.Topic;
import dev.lectern.schemas.topic.Topics;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigResource;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Views and outputs whose segments the broker has moved to a remote store are replayed.
 *
 * <p>The store is the local tier of Kafka's own tests. Maven Central has it of 4.3.1 and not of
 * 4.4.0, and it links with brokers of its own release alone: {@code -Dkafka.version=4.3.1}.
 */
@Tag("faults")
@Timeout(600)
class TieredStorageIT {
  private static final int VIEWS = 48;

  @TempDir private static Path dir;

  @Test
  void aRecordingWhoseSegmentsAreRemoteTeachesTheSameStudent() throws Exception {
    assumeTrue(
        isOnClassPath("org.apache.kafka.common.utils.LogContext"),
        "the local tier of Kafka 4.3.1 does not link with this one; run with -Dkafka.version=4.3.1");
    Path remote = Files.createDirectories(dir.resolve("remote"));
    try (Site site = new Site(dir.resolve("site"), tieredTo(remote))) {
      // Given a recording, and the student that is trained while all of it is local
      Path annotations = TinyTeacher.draw(dir, "train", VIEWS);
      TinyTeacher.write(dir, "tiny", 4);
      site.publish("drawn", annotations, dir.resolve("images"), TinyTeacher.SIDE);
      site.record("drawn", "tiered", dir.resolve("tiny"));
      Path local = trained(site, "local", "background");

      // When the broker has moved what it could, and deleted its own copy
      List<Topic<?, ?>> topics =
          List.of(
              Topics.views("drawn"),
              Topics.tensors("tiered", TensorKind.CLASS_SCORES),
              Topics.tensors("tiered", TensorKind.BOX_LOGITS),
              Topics.tensors("tiered", TensorKind.FPN_FEATURES));
      try (Admin admin = Admin.create(site.kafka())) {
        tier(admin, topics);
        for (Topic<?, ?> topic : topics) {
          Awaitility.await(topic.name())
              .atMost(Duration.ofMinutes(3))
              .until(() -> remoteRecords(admin, topic) > 0);
          System.out.println(
              topic.name() + ": " + remoteRecords(admin, topic) + " records are remote alone");
        }
      }
      try (Stream<Path> files = Files.walk(remote)) {
        assertThat(files.filter(file -> file.toString().endsWith(".log"))).isNotEmpty();
      }

      // Then every record is read, in sequence and each by its offset
      assertThat(site.run("recordings", "verify", "tiered").out()).contains(": sound");
      assertThat(trained(site, "filled", "before")).hasSameBinaryContentAs(local);
      assertThat(trained(site, "singly", "on_demand")).hasSameBinaryContentAs(local);
    }
  }

  private static boolean isOnClassPath(String name) {
    try {
      Class.forName(name);
      return true;
    } catch (ClassNotFoundException e) {
      return false;
    }
  }

  /** Segments as short as a moment, so that a small recording has several. */
  private static Map<String, String> tieredTo(Path remote) {
    Map<String, String> settings = new HashMap<>();
    settings.put("remote.log.storage.system.enable", "true");
    settings.put(
        "remote.log.storage.manager.class.name",
        "org.apache.kafka.server.log.remote.storage.LocalTieredStorage");
    settings.put("rsm.config.dir", remote.toString());
    settings.put("remote.log.metadata.manager.listener.name", "PLAINTEXT");
    settings.put("rlmm.config.remote.log.metadata.topic.replication.factor", "1");
    settings.put("rlmm.config.remote.log.metadata.topic.num.partitions", "2");
    settings.put("remote.log.manager.task.interval.ms", "500");
    settings.put("log.retention.check.interval.ms", "500");
    settings.put("log.roll.ms", "100");
    return settings;
  }

  private static void tier(Admin admin, List<Topic<?, ?>> topics) throws Exception {
    Map<ConfigResource, Collection<AlterConfigOp>> changes = new HashMap<>();
    for (Topic<?, ?> topic : topics) {
      List<AlterConfigOp> operations = new ArrayList<>();
      Map.of("remote.storage.enable", "true", "local.retention.ms", "1")
          .forEach(
              (key, value) ->
                  operations.add(
                      new AlterConfigOp(new ConfigEntry(key, value), AlterConfigOp.OpType.SET)));
      changes.put(new ConfigResource(ConfigResource.Type.TOPIC, topic.name()), operations);
    }
    admin.incrementalAlterConfigs(changes).all().get();
  }

  /** Records before the first that the broker still has itself. */
  private static long remoteRecords(Admin admin, Topic<?, ?> topic) throws Exception {
    int partitions =
        admin
            .describeTopics(List.of(topic.name()))
            .allTopicNames()
            .get()
            .get(topic.name())
            .partitions()
            .size();
    Map<TopicPartition, OffsetSpec> asked =
        IntStream.range(0, partitions)
            .boxed()
            .collect(
                Collectors.toMap(
                    p -> new TopicPartition(topic.name(), p), p -> OffsetSpec.earliestLocal()));
    return admin.listOffsets(asked).all().get().values().stream()
        .mapToLong(found -> found.offset())
        .sum();
  }

  private static Path trained(Site site, String run, String fill) throws Exception {
    Path config =
        Files.writeString(
            dir.resolve(run + ".yaml"),
            """
            recording: tiered
            out: %s
            seed: 3
            epochs: 2
            batch-size: 16
            losses: [{name: ld}, {name: kd}, {name: cwd, weight: 1}]
            replay: {fill: %s}
            """
                    .formatted(run, fill)
                + TinyTeacher.studentYaml());
    site.done("train", "--config", config.toString());
    return dir.resolve(run).resolve("student.safetensors");
  }
}
