package dev.lectern.cli.faults;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lectern.cli.Child;
import dev.lectern.cli.CommandRun;
import dev.lectern.cli.ExitCode;
import dev.lectern.schemas.topic.Topics;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A broker stands still, or is killed and started again, while every role works: they wait, go on,
 * and what comes of it is sound.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@DisabledOnOs(OS.WINDOWS)
@Timeout(1800)
class BrokerAwayIT {
  @TempDir private static Path dir;
  private Fleet fleet;

  @BeforeAll
  void recordOnce() throws Exception {
    fleet = Fleet.start(dir, 20, 64);
    fleet.done(fleet.publishing("small", 1));
    fleet.record("small", "sealed");
  }

  @AfterAll
  void stop() throws Exception {
    Recovery.summarize();
    fleet.close();
  }

  @Test
  void theStartWaitsForABrokerThatIsSlow() throws Exception {
    fleet.broker().signal("STOP");
    try (Child list = fleet.start(List.of("recordings", "list"))) {
      Fleet.until(() -> list.output().contains("no broker answers at " + fleet.servers()), list);
      fleet.broker().signal("CONT");

      fleet.ends(list);
      assertThat(list.output()).contains("sealed");
    } finally {
      fleet.broker().signal("CONT");
    }
  }

  /** Longer than a lock (30 s) and than Kafka's clients wait for an answer (60 s). */
  @ParameterizedTest
  @Tag("faults")
  @ValueSource(ints = {30, 60, 120})
  void everyRoleGoesOnAfterTheBrokerStoodStill(int seconds) throws Exception {
    goesOnAfter(
        "stall-" + seconds,
        () -> {
          fleet.broker().signal("STOP");
          Thread.sleep(seconds * 1000L);
          fleet.broker().signal("CONT");
        });
  }

  @ParameterizedTest
  @Tag("faults")
  @ValueSource(ints = {1, 10, 45})
  void everyRoleGoesOnAfterTheBrokerWasKilled(int seconds) throws Exception {
    goesOnAfter(
        "kill-" + seconds,
        () -> {
          fleet.broker().kill();
          Thread.sleep(seconds * 1000L);
          fleet.startBroker();
        });
  }

  @Test
  @Tag("faults")
  void withALimitEveryRoleEndsAndNamesTheBroker() throws Exception {
    Map<String, Child> roles = new LinkedHashMap<>();
    try {
      startAll(roles, "limited", "--broker-timeout", "8");
      fleet.broker().signal("STOP");
      for (Map.Entry<String, Child> role : roles.entrySet()) {
        Child child = role.getValue();
        assertThat(child.await(Fleet.LONG)).as(role.getKey() + ": " + child.output()).isEqualTo(1);
        assertThat(child.output().lines().filter(line -> line.startsWith("lectern: ")))
            .as(child.output())
            .singleElement()
            .asString()
            .contains(fleet.servers());
      }
    } finally {
      fleet.broker().signal("CONT");
      roles.values().forEach(Child::close);
    }
  }

  /** Something that happens to the broker, and is over. */
  private interface Fault {
    void happen() throws Exception;
  }

  private void goesOnAfter(String name, Fault fault) throws Exception {
    Map<String, Child> roles = new LinkedHashMap<>();
    try {
      startAll(roles, name);
      fault.happen();
      long back = System.nanoTime();
      Map<String, Callable<Long>> progress = progress(name);
      Map<String, Long> before = new LinkedHashMap<>();
      for (Map.Entry<String, Callable<Long>> role : progress.entrySet()) {
        before.put(role.getKey(), role.getValue().call());
      }
      Fleet.until(
          () -> {
            for (String role : List.copyOf(before.keySet())) {
              if (progress.get(role).call() > before.get(role)) {
                before.remove(role);
                Recovery.took(name, role, back);
              }
            }
            return before.isEmpty();
          },
          roles.values().toArray(new Child[0]));
      fleet.slow("worker", 0);
      fleet.slow(name + "-views", 0);
      for (String role : List.of("ledger", "teach", "publish")) {
        fleet.ends(roles.get(role));
      }
      Child train = roles.get("train");
      train.terminate();
      assertThat(train.await()).as(train.output()).isEqualTo(ExitCode.TERMINATED);
    } finally {
      roles.values().forEach(Child::close);
    }
    CommandRun verified = fleet.done(List.of("recordings", "verify", name));
    assertThat(verified.out())
        .contains(name + ": " + fleet.pictures() * 20 + " views")
        .contains(": sound");
    assertThat(fleet.done(fleet.publishing(name + "-views", 40)).out()).contains("SEALED");
  }

  /**
   * Every role that runs on, each with something to do: the run's epochs have no end, and the
   * broker takes the bytes of the others slowly.
   */
  private void startAll(Map<String, Child> roles, String name, String... options) throws Exception {
    fleet.done(fleet.publishing(name + "-data", 20));
    fleet.slow("worker", 20_000);
    fleet.slow(name + "-views", 40_000);
    roles.put(
        "train",
        fleet.start(
            fleet.training(
                name + "-run", "sealed", 1_000_000, "checkpoint: {every-epochs: 1000000}"),
            options));
    Path metrics = dir.resolve(name + "-run/metrics.jsonl");
    Fleet.until(() -> Files.exists(metrics), roles.get("train"));
    roles.put("ledger", fleet.start(fleet.keeping(name), options));
    roles.put("teach", fleet.start(fleet.teaching(name + "-data", name, "worker"), options));
    roles.put("publish", fleet.start(fleet.publishing(name + "-views", 40), options));
    Map<String, Callable<Long>> progress = progress(name);
    Fleet.until(
        () -> {
          for (Callable<Long> role : progress.values()) {
            if (role.call() < 10) {
              return false;
            }
          }
          return true;
        },
        roles.values().toArray(new Child[0]));
  }

  /** What of each role grows while it works. */
  private Map<String, Callable<Long>> progress(String name) {
    Map<String, Callable<Long>> progress = new LinkedHashMap<>();
    progress.put("teach", () -> fleet.receipts(name));
    progress.put("ledger", () -> fleet.records(Topics.index(name)));
    progress.put("publish", () -> fleet.records(Topics.catalog(name + "-views")));
    progress.put("train", () -> Files.size(dir.resolve(name + "-run/metrics.jsonl")));
    return progress;
  }
}
