package dev.lectern.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lectern.schemas.log.TopicTail;
import dev.lectern.schemas.log.TopicWriter;
import dev.lectern.schemas.record.View;
import dev.lectern.schemas.topic.Topics;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.common.config.ConfigResource;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer.OrderAnnotation;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Topics that somebody made by hand or altered: no role writes to them or seals on them. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@TestMethodOrder(OrderAnnotation.class)
class TopicSettingsIT {
  private static final int PICTURES = 4;

  /** What suits a topic of views or payloads. */
  private static final Map<String, String> LOG =
      Map.of("cleanup.policy", "delete", "retention.ms", "-1", "max.message.bytes", "8388608");

  @TempDir private static Path dir;
  private Site site;
  private Admin admin;
  private Path annotations;
  private Path teacher;

  @BeforeAll
  void record() throws Exception {
    site = new Site(dir.resolve("site"));
    admin = Admin.create(site.kafka());
    annotations = TinyTeacher.draw(dir, "train", PICTURES);
    TinyTeacher.write(dir, "teacher", 2);
    teacher = dir.resolve("teacher");
    site.publish("mini", annotations, dir.resolve("images"), TinyTeacher.SIDE);
    site.record("mini", "sound", teacher);
  }

  @AfterAll
  void stop() {
    admin.close();
    site.close();
  }

  @ParameterizedTest
  @Order(1)
  @CsvSource({
    "views, retention.ms, 60000, expected -1",
    "views, retention.bytes, 1048576, expected -1",
    "views, cleanup.policy, compact, expected delete",
    "views, max.message.bytes, 1048588, expected at least 8388608",
    "catalog, cleanup.policy, delete, expected compact",
  })
  void publishRefuses(String suffix, String key, String value, String expected) throws Exception {
    String dataset = "made-" + suffix + "-" + key.replace('.', '-') + "-" + value;
    make(dataset + "." + suffix, 4, suffix.equals("views") ? LOG : Map.of(), key, value);

    CommandRun run = site.run(publishing(dataset));

    refused(run, "topic " + dataset + "." + suffix + ": " + key + ": found " + value, expected);
  }

  @Test
  @Order(1)
  void publishRefusesFewerPartitionsThanAskedFor() throws Exception {
    make("narrow.views", 1, LOG, "retention.ms", "-1");
    make("narrow.catalog", 1, Map.of(), "cleanup.policy", "compact");

    CommandRun run = site.run(publishing("narrow"));

    refused(run, "topic narrow.views: partitions: found 1", "expected at least 4");
    site.done(
        Stream.concat(Stream.of(publishing("narrow")), Stream.of("--partitions", "1"))
            .toArray(String[]::new));
  }

  @Test
  @Order(1)
  void aTopicThatTakesTooLittleIsNamedWhileItIsWritten() throws Exception {
    make("late.views", 1, LOG, "max.message.bytes", "100");

    try (TopicWriter writer = new TopicWriter(site.kafka())) {
      assertThatThrownBy(() -> writer.send(Topics.views("late"), "a#0", aView()).get())
          .hasMessageContaining("topic late.views: refuses a record of ")
          .hasMessageContaining("max.message.bytes of at least 8388608");
    }
  }

  private View aView() {
    AtomicReference<View> view = new AtomicReference<>();
    try (TopicTail<String, View> tail = new TopicTail<>(site.kafka(), Topics.views("mini"))) {
      tail.readToEnd(record -> view.set(record.value()));
    }
    return view.get();
  }

  @ParameterizedTest
  @Order(1)
  @CsvSource({
    "class-scores, retention.ms, 60000, expected -1",
    "box-logits, cleanup.policy, 'compact,delete', expected delete",
    "fpn-features, max.message.bytes, 1048588, expected at least 8388608",
    "receipts, retention.ms, 604800000, expected -1",
    "index, cleanup.policy, delete, expected compact",
  })
  void teachRefuses(String suffix, String key, String value, String expected) throws Exception {
    String recording = "made-" + suffix;
    Map<String, String> suits = suffix.equals("index") ? Map.of("cleanup.policy", "compact") : LOG;
    make(recording + "." + suffix, 4, suits, key, value);

    CommandRun run = site.run(teaching(recording));

    refused(run, "topic " + recording + "." + suffix + ": " + key + ": found " + value, expected);
  }

  @ParameterizedTest
  @Order(1)
  @CsvSource({"class-scores, 2", "receipts, 8"})
  void teachRefusesOtherPartitions(String suffix, int partitions) throws Exception {
    String recording = "partitions-" + partitions;
    make(recording + "." + suffix, partitions, LOG, "retention.ms", "-1");

    CommandRun run = site.run(teaching(recording));

    refused(
        run,
        "topic " + recording + "." + suffix + ": partitions: found " + partitions,
        "expected 4 as mini.catalog has");
  }

  /** What was sealed already is not refused, since it can still be read: it is warned of. */
  @Test
  @Order(2)
  void verifyAndStatusWarnOfRetentionThatWillDelete() throws Exception {
    assertThat(site.done("recordings", "verify", "sound").out()).doesNotContain("warning");

    alter("sound.class-scores", "retention.ms", "3600000");
    alter("mini.views", "cleanup.policy", "compact");

    CommandRun verified = site.done("recordings", "verify", "sound");
    assertThat(verified.out())
        .contains(
            "warning: topic sound.class-scores: the broker deletes records older than 3600 s"
                + " (retention.ms: found 3600000, expected -1)")
        .contains("warning: topic mini.views: the broker keeps only the last record of a key")
        .contains(": sound");
    assertThat(site.done("status").out().replaceAll("\\s+", " "))
        .contains("WARNINGS - topic mini.views: the broker keeps only the last record of a key")
        .contains("topic sound.class-scores: the broker deletes records older than 3600 s");
  }

  /** Whoever seals on a dataset looks at its topics too. */
  @Test
  @Order(3)
  void theLedgerAndAWorkerRefuseADatasetThatWillGo() {
    refused(
        site.run(teaching("later")), "topic mini.views: cleanup.policy: found compact", "delete");
    refused(
        site.run("recordings", "import", exported(), "--name", "again"),
        "topic mini.views: cleanup.policy: found compact",
        "delete");
  }

  private String exported() {
    String folder = dir.resolve("archive").toString();
    site.done("recordings", "export", "sound", folder);
    return folder;
  }

  private static void refused(CommandRun run, String... parts) {
    assertThat(run.exitCode()).as(run.out() + run.err()).isEqualTo(ExitCode.USER_MISTAKE);
    assertThat(run.err().lines()).hasSize(1);
    assertThat(run.err()).contains(parts);
  }

  private String[] publishing(String dataset) {
    return new String[] {
      "publish",
      "--name",
      dataset,
      "--format",
      "coco",
      "--annotations",
      annotations.toString(),
      "--images",
      dir.resolve("images").toString(),
      "--size",
      TinyTeacher.SIDE + "x" + TinyTeacher.SIDE
    };
  }

  private String[] teaching(String recording) {
    return new String[] {
      "teach",
      "--dataset",
      "mini",
      "--recording",
      recording,
      "--teacher",
      teacher + ".yaml",
      "--model",
      teacher + ".onnx",
      "--until-sealed"
    };
  }

  private void make(
      String topic, int partitions, Map<String, String> suits, String key, String value)
      throws Exception {
    Map<String, String> settings = new HashMap<>(suits);
    settings.put(key, value);
    admin
        .createTopics(
            List.of(
                new NewTopic(topic, Optional.of(partitions), Optional.empty()).configs(settings)))
        .all()
        .get();
  }

  private void alter(String topic, String key, String value) throws Exception {
    List<AlterConfigOp> operations = new ArrayList<>();
    operations.add(new AlterConfigOp(new ConfigEntry(key, value), AlterConfigOp.OpType.SET));
    admin
        .incrementalAlterConfigs(
            Map.of(new ConfigResource(ConfigResource.Type.TOPIC, topic), operations))
        .all()
        .get();
  }
}
