package dev.lectern.launch;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lectern.broker.EmbeddedBroker;
import dev.lectern.cli.Child;
import dev.lectern.cli.CommandRun;
import dev.lectern.cli.TinyTeacher;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * What probes are told while the broker goes away and comes back: who needs it is alive and not
 * ready; a student with all data in its store trains on.
 */
@Timeout(600)
class HealthIT {
  @TempDir Path dir;

  @Test
  void withoutABrokerRolesLiveAndAreNotReady() throws Exception {
    Path annotations = TinyTeacher.draw(dir, "train", 16);
    TinyTeacher.write(dir, "teacher", 4);
    Path run =
        Files.writeString(
            dir.resolve("run.yaml"),
            """
            epochs: 100000
            batch-size: 8
            losses: [{name: ld}]
            checkpoint: {every-epochs: 100000}
            evaluation: {split: none}
            replay: {fill: before}
            """
                + TinyTeacher.studentYaml());
    List<Role> roles = new ArrayList<>();
    try {
      EmbeddedBroker first = EmbeddedBroker.start(dir.resolve("broker"));
      Role teacher;
      Role ledger;
      Role dashboard;
      Role student;
      try (first) {
        publish(annotations, first.bootstrapServers());
        teacher =
            start(
                roles,
                first,
                "teach",
                "--dataset=tiny",
                "--recording=tiny-teacher",
                "--teacher=" + dir.resolve("teacher.yaml"),
                "--model=" + dir.resolve("teacher.onnx"));
        ledger =
            start(
                roles,
                first,
                "ledger",
                "--recording=tiny-teacher",
                "--state-dir=" + dir.resolve("s"));
        int port = Ports.free();
        dashboard =
            new Role(
                "dashboard",
                Child.start(
                    dir,
                    "dashboard",
                    "--port=" + port,
                    "--bootstrap-servers=" + first.bootstrapServers()),
                port);
        roles.add(dashboard);
        teacher.await(200, "ok");
        student =
            start(
                roles,
                first,
                "train",
                "--config=" + run,
                "--recording=tiny-teacher",
                "--out=" + dir.resolve("run"));
        for (Role role : roles) {
          role.await(200, "ok");
        }
      }

      teacher.await(503, "no broker answers for ");
      ledger.await(503, "no broker answers for ");
      dashboard.await(503, "");
      student.await(200, "ok");
      for (Role role : roles) {
        assertThat(Metrics.ask(role.port(), "/health").status()).as(role.name()).isEqualTo(200);
      }

      try (EmbeddedBroker again = EmbeddedBroker.start(dir.resolve("broker"))) {
        assertThat(again.bootstrapServers()).isEqualTo(first.bootstrapServers());
        for (Role role : roles) {
          role.await(200, "ok");
          role.child().close();
        }
      }
    } finally {
      roles.forEach(role -> role.child().close());
    }
  }

  private void publish(Path annotations, String servers) {
    CommandRun published =
        CommandRun.of(
            "publish",
            "--name=tiny",
            "--format=coco",
            "--annotations=" + annotations,
            "--images=" + dir.resolve("images"),
            "--size=" + TinyTeacher.SIDE + "x" + TinyTeacher.SIDE,
            "--bootstrap-servers=" + servers);
    assertThat(published.exitCode()).as(published.err()).isZero();
  }

  private Role start(List<Role> roles, EmbeddedBroker broker, String... arguments)
      throws Exception {
    int port = Ports.free();
    List<String> words = new ArrayList<>(List.of(arguments));
    words.add("--bootstrap-servers=" + broker.bootstrapServers());
    Map<String, String> environment =
        Map.of("LECTERN_METRICS_PORT", String.valueOf(port), "OMP_NUM_THREADS", "1");
    Role role = new Role(arguments[0], Child.start(dir, environment, words), port);
    roles.add(role);
    return role;
  }

  private record Role(String name, Child child, int port) {
    /** Waits for an answer at {@code /ready}. */
    void await(int status, String text) {
      Awaitility.await()
          .atMost(Duration.ofMinutes(3))
          .failFast(name + " has ended", () -> !child.isAlive())
          .untilAsserted(
              () -> {
                Metrics.Answer answer = Metrics.ask(port, "/ready");
                assertThat(answer.status())
                    .as(() -> answer + ":\n" + child.output())
                    .isEqualTo(status);
                assertThat(answer.body()).as(child::output).contains(text);
              });
    }
  }
}
