package dev.lectern.launch;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lectern.broker.EmbeddedBroker;
import dev.lectern.cli.Child;
import dev.lectern.cli.CommandRun;
import dev.lectern.cli.ExitCode;
import dev.lectern.cli.TinyTeacher;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Every command line of {@code compose.yaml}, started against a broker with the settings of its
 * Kafka: a dataset is published, two workers record it, the ledger seals, two students train. What
 * they show at their metrics endpoints is what the dashboards ask for.
 */
@Timeout(400)
class ComposeIT {
  private static final int VIEWS = 32;
  private static final String TOKEN = "0123456789abcdef0123456789abcdef";

  /** Addresses and paths of containers; all other settings of the broker are used as they are. */
  private static final Set<String> PLACES =
      Set.of(
          "node.id",
          "process.roles",
          "listeners",
          "advertised.listeners",
          "listener.security.protocol.map",
          "controller.quorum.voters",
          "controller.listener.names",
          "inter.broker.listener.name",
          "log.dirs");

  @TempDir Path dir;

  @Test
  void everyCommandLineStartsAndTheDashboardsAskForWhatTheRolesShow() throws Exception {
    ComposeFile compose =
        ComposeFile.of(
            Map.of("LECTERN_SIZE", TinyTeacher.SIDE + "x" + TinyTeacher.SIDE),
            Path.of("compose.yaml"));
    Path data = Files.createDirectories(dir.resolve("data"));
    TinyTeacher.draw(data, "train", VIEWS);
    TinyTeacher.write(Files.createDirectories(dir.resolve("models")), "teacher", 4);
    Files.createDirectories(dir.resolve("secrets"));
    Files.copy(Path.of("compose/client.properties"), dir.resolve("secrets/client.properties"));
    Files.writeString(dir.resolve("secrets/dashboard-token"), TOKEN + "\n");
    runFiles();
    Set<String> shown = new TreeSet<>();

    try (EmbeddedBroker broker =
        EmbeddedBroker.start(dir.resolve("broker"), 0, brokerSettings(compose))) {
      CommandRun published =
          CommandRun.of(words(compose, "publish", broker).toArray(String[]::new));
      assertThat(published.exitCode()).as(published.err()).isZero();

      try (Service first = start(compose, "teacher", broker);
          Service second = start(compose, "teacher", broker)) {
        // No ledger yet, so that the workers stay when all is recorded.
        first.await(text -> recorded(text) + recorded(second.metrics()) == VIEWS);
        shown.addAll(Metrics.exposed(first.metrics()));
        assertThat(first.ready()).isEqualTo("ok\n");
        try (Service ledger = start(compose, "ledger", broker)) {
          ledger.await(
              text ->
                  Metrics.sum(text, "lectern_ledger_recorded") == VIEWS
                      && Metrics.sum(text, "lectern_ledger_backlog") == 0);
          shown.addAll(Metrics.exposed(ledger.metrics()));
          assertThat(ledger.ready()).isEqualTo("ok\n");
          assertThat(first.child().await()).as(first.child().output()).isZero();
          assertThat(second.child().await()).as(second.child().output()).isZero();
          ledger.child().terminate();
          assertThat(ledger.child().await()).as(ledger.child().output()).isZero();
        }
      }
      seesTheRecording(compose, broker);
      try (Service plain = start(compose, "student-plain", broker);
          Service distilled = start(compose, "student-distilled", broker)) {
        for (Service student : List.of(plain, distilled)) {
          student.await(text -> text.contains("lectern_trainer_ap"));
          shown.addAll(Metrics.exposed(student.metrics()));
          assertThat(student.ready()).isEqualTo("ok\n");
          student.child().terminate();
          assertThat(student.child().await())
              .as(student.child().output())
              .isEqualTo(ExitCode.TERMINATED);
        }
      }
    }
    assertThat(dir.resolve("runs/distilled/checkpoints")).isNotEmptyDirectory();

    Set<String> asked = new TreeSet<>();
    for (String query : Dashboards.queries(Path.of("compose/grafana/dashboards"))) {
      assertThat(Metrics.asked(query)).as(query).isNotEmpty();
      asked.addAll(Metrics.asked(query));
    }
    assertThat(shown).as("metrics of the dashboards").containsAll(asked);
  }

  /** The dashboard, where its port is a free one. */
  private void seesTheRecording(ComposeFile compose, EmbeddedBroker broker) throws Exception {
    int port = Ports.free();
    List<String> words = words(compose, "dashboard", broker);
    words.replaceAll(word -> word.startsWith("--port=") ? "--port=" + port : word);
    try (Child dashboard = Child.start(dir, Map.of(), words)) {
      Awaitility.await()
          .atMost(Duration.ofMinutes(3))
          .failFast("the dashboard has ended", () -> !dashboard.isAlive())
          .untilAsserted(
              () -> assertThat(Metrics.get(port, "/ready")).as(dashboard::output).isNotNull());
      assertThat(Metrics.ask(port, "/api/status").status()).isEqualTo(401);
      assertThat(Metrics.ask(port, "/api/status", "Authorization", "Bearer " + TOKEN).body())
          .contains("\"name\":\"mine-teacher\",\"state\":\"sealed\"");
      dashboard.terminate();
      assertThat(dashboard.await()).as(dashboard.output()).isZero();
    }
  }

  private static double recorded(String text) {
    return text == null ? 0 : Metrics.sum(text, "lectern_teacher_views_total");
  }

  /** Long enough to be looked at; they are stopped. */
  private void runFiles() throws Exception {
    Path config = Files.createDirectories(dir.resolve("config"));
    String run =
        """
        epochs: 2000
        batch-size: 16
        evaluation: {split: train}
        """
            + TinyTeacher.studentYaml();
    Files.writeString(config.resolve("plain.yaml"), run);
    Files.writeString(config.resolve("distilled.yaml"), run + "losses: [{name: ld}]\n");
  }

  private static Map<String, String> brokerSettings(ComposeFile compose) {
    Map<String, String> settings = new LinkedHashMap<>(KafkaImage.settings(compose, "kafka"));
    settings.keySet().removeAll(PLACES);
    assertThat(settings).containsEntry("share.coordinator.state.topic.min.isr", "1");
    return settings;
  }

  /** A command with this broker's address and this test's folders in place of the container's. */
  private List<String> words(ComposeFile compose, String service, EmbeddedBroker broker) {
    List<String> words = new ArrayList<>();
    for (String word : compose.command(service)) {
      String here = word.replace("kafka:9092", broker.bootstrapServers());
      for (String folder : List.of("data", "models", "config", "secrets")) {
        here = here.replace("=/" + folder + "/", "=" + dir.resolve(folder) + "/");
      }
      words.add(here.replace("=/var/lib/lectern/", "=" + dir + "/"));
    }
    return words;
  }

  private Service start(ComposeFile compose, String service, EmbeddedBroker broker)
      throws Exception {
    int port = Ports.free();
    Map<String, String> environment =
        Map.of(
            "LECTERN_METRICS_PORT",
            String.valueOf(port),
            "XDG_STATE_HOME",
            dir.resolve("state").toString(),
            "OMP_NUM_THREADS",
            "1");
    Child child = Child.start(dir, environment, words(compose, service, broker));
    Service started = new Service(child, port);
    started.await(text -> true);
    return started;
  }

  /** A role that answers at its metrics endpoint. */
  private record Service(Child child, int port) implements AutoCloseable {
    String metrics() {
      try {
        return Metrics.get(port, "/metrics");
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return null;
      }
    }

    String ready() throws InterruptedException {
      return Metrics.ask(port, "/ready").body();
    }

    void await(Predicate<String> condition) throws InterruptedException {
      Awaitility.await()
          .atMost(Duration.ofMinutes(2))
          .failFast("the role has ended", () -> !child.isAlive())
          .untilAsserted(
              () -> assertThat(metrics()).as(child::output).isNotNull().matches(condition));
      assertThat(Metrics.get(port, "/health")).isEqualTo("ok\n");
    }

    @Override
    public void close() {
      child.close();
    }
  }
}
