package dev.lectern.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.lectern.schemas.log.TopicReader;
import dev.lectern.schemas.topic.Topic;
import dev.lectern.schemas.topic.Topics;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer.OrderAnnotation;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A broker in a process of its own stands still, or is killed and started again, while every role
 * works: they wait, go on, and what comes of it is sound.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@TestMethodOrder(OrderAnnotation.class)
@DisabledOnOs(OS.WINDOWS)
@Timeout(900)
class BrokerAwayIT {
  private static final Logger LOG = LoggerFactory.getLogger(BrokerAwayIT.class);

  private static final int PICTURES = 20;

  /** Longer than a lock (30 s) and than Kafka's clients wait for an answer (60 s). */
  private static final Duration STALL = Duration.ofSeconds(70);

  private static final Duration LONG = Duration.ofMinutes(5);

  @TempDir private static Path dir;
  private Child broker;
  private String servers;
  private Path annotations;

  @BeforeAll
  void recordOnce() throws Exception {
    startBroker();
    annotations = TinyTeacher.draw(dir, "train", PICTURES);
    TinyTeacher.write(dir, "teacher", 2);
    done(publishing("small", 1));
    done(publishing("large", 60));
    try (Child ledger = start(ledger("sealed"))) {
      done(teaching("small", "sealed"));
      assertThat(ledger.await()).as(ledger.output()).isZero();
    }
  }

  @AfterAll
  void stop() {
    broker.close();
  }

  @Test
  @Order(1)
  void theStartWaitsForABrokerThatIsSlow() throws Exception {
    broker.signal("STOP");
    try (Child list = start(List.of("recordings", "list"))) {
      await().atMost(LONG).until(() -> list.output().contains("no broker answers at " + servers));
      broker.signal("CONT");

      assertThat(list.await()).as(list.output()).isZero();
      assertThat(list.output()).contains("sealed");
    } finally {
      broker.signal("CONT");
    }
  }

  @Test
  @Tag("faults")
  @Order(2)
  void everyRoleGoesOnAfterTheBrokerStoodStill() throws Exception {
    goesOnAfter(
        "stalled",
        () -> {
          broker.signal("STOP");
          Thread.sleep(STALL.toMillis());
          broker.signal("CONT");
        });
  }

  @Test
  @Tag("faults")
  @Order(3)
  void everyRoleGoesOnAfterTheBrokerWasKilled() throws Exception {
    goesOnAfter(
        "killed",
        () -> {
          broker.kill();
          Thread.sleep(10_000);
          startBroker();
        });
  }

  @Test
  @Tag("faults")
  @Order(4)
  void withALimitEveryRoleEndsAndNamesTheBroker() throws Exception {
    Map<String, Child> roles = working("limited", "--broker-timeout", "8");
    try {
      broker.signal("STOP");
      for (Map.Entry<String, Child> role : roles.entrySet()) {
        Child child = role.getValue();
        assertThat(child.await()).as(role.getKey() + ": " + child.output()).isEqualTo(1);
        assertThat(child.output().lines().filter(line -> line.startsWith("lectern: ")))
            .as(child.output())
            .singleElement()
            .asString()
            .contains(servers);
      }
    } finally {
      broker.signal("CONT");
      roles.values().forEach(Child::close);
    }
  }

  /** Something that happens to the broker, and is over. */
  private interface Fault {
    void happen() throws Exception;
  }

  private void goesOnAfter(String name, Fault fault) throws Exception {
    Map<String, Child> roles = working(name);
    try {
      fault.happen();
      long back = System.nanoTime();
      long before = records(Topics.receipts(name));
      await().atMost(LONG).until(() -> records(Topics.receipts(name)) > before);
      LOG.info(
          "recovery fault={} role=teach seconds={}",
          name,
          String.format("%.1f", (System.nanoTime() - back) / 1e9));
      for (Map.Entry<String, Child> role : roles.entrySet()) {
        Child child = role.getValue();
        assertThat(child.await()).as(role.getKey() + ": " + child.output()).isZero();
      }
    } finally {
      roles.values().forEach(Child::close);
    }
    CommandRun verified = run("recordings", "verify", name);
    assertThat(verified.exitCode()).as(verified.out() + verified.err()).isZero();
    assertThat(verified.out()).contains(name + ": " + PICTURES * 60 + " views").contains(": sound");
    assertThat(run(publishing(name + "-views", 40).toArray(String[]::new)).out())
        .contains("SEALED");
  }

  /** Every role that runs on, each with something to do. */
  private Map<String, Child> working(String name, String... options) throws Exception {
    Map<String, Child> roles = new LinkedHashMap<>();
    roles.put("ledger", start(ledger(name), options));
    roles.put("teach", start(teaching("large", name), options));
    roles.put("publish", start(publishing(name + "-views", 40), options));
    roles.put("train", start(training(name), options));
    Path metrics = dir.resolve(name + "-run/metrics.jsonl");
    await()
        .atMost(LONG)
        .until(
            () -> {
              for (Map.Entry<String, Child> role : roles.entrySet()) {
                assertThat(role.getValue().isAlive())
                    .as(role.getKey() + ": " + role.getValue().output())
                    .isTrue();
              }
              return Files.exists(metrics)
                  && records(Topics.receipts(name)) > 10
                  && records(Topics.catalog(name + "-views")) > 10;
            });
    return roles;
  }

  private long records(Topic<?, ?> topic) {
    try (TopicReader<?, ?> reader =
        TopicReader.sequential(Map.of("bootstrap.servers", servers), topic)) {
      return reader.endOffsets().values().stream().mapToLong(Long::longValue).sum();
    }
  }

  private void startBroker() throws Exception {
    Path data = dir.resolve("broker");
    broker = Child.start(dir, "broker", "--data-dir", data.toString(), "--port", "0");
    Path file = data.resolve("ports.properties");
    await().atMost(LONG).until(() -> broker.output().contains("listening on"));
    Properties ports = new Properties();
    try (var in = Files.newInputStream(file)) {
      ports.load(in);
    }
    servers = "127.0.0.1:" + ports.getProperty("client");
  }

  private Child start(List<String> command, String... options) throws IOException {
    List<String> words = new ArrayList<>(command);
    words.addAll(List.of("--bootstrap-servers", servers));
    words.addAll(List.of(options));
    return Child.start(dir, Map.of("OMP_NUM_THREADS", "1"), words);
  }

  private void done(List<String> command) {
    CommandRun run = run(command.toArray(String[]::new));
    assertThat(run.exitCode()).as(run.out() + run.err()).isZero();
  }

  private CommandRun run(String... command) {
    return CommandRun.of(
        Stream.concat(Stream.of(command), Stream.of("--bootstrap-servers", servers))
            .toArray(String[]::new));
  }

  private List<String> publishing(String dataset, int views) {
    return List.of(
        "publish",
        "--name=" + dataset,
        "--format=coco",
        "--annotations=" + annotations,
        "--images=" + dir.resolve("images"),
        "--size=" + TinyTeacher.SIDE + "x" + TinyTeacher.SIDE,
        "--views-per-image=" + views,
        "--png-compression=9",
        "--threads=1");
  }

  private List<String> teaching(String dataset, String recording) {
    return List.of(
        "teach",
        "--dataset=" + dataset,
        "--recording=" + recording,
        "--teacher=" + dir.resolve("teacher.yaml"),
        "--model=" + dir.resolve("teacher.onnx"),
        "--threads=1",
        "--lanes=2",
        "--until-sealed");
  }

  private List<String> ledger(String recording) {
    return List.of(
        "ledger",
        "--recording=" + recording,
        "--state-dir=" + dir.resolve("state"),
        "--until-sealed");
  }

  /** Reads each view of each epoch from the log. */
  private List<String> training(String name) throws IOException {
    Path config =
        Files.writeString(
            dir.resolve(name + ".yaml"),
            """
            epochs: 40
            batch-size: 2
            losses: [{name: ld}, {name: kd}]
            checkpoint: {every-epochs: 100}
            evaluation: {split: none}
            replay: {store: none}
            """
                + TinyTeacher.studentYaml());
    return List.of(
        "train", "--config=" + config, "--recording=sealed", "--out=" + dir.resolve(name + "-run"));
  }
}
