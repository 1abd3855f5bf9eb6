package dev.lectern.cli.faults;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lectern.cli.Child;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
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
  private EveryRole everyRole;

  @BeforeAll
  void recordOnce() throws Exception {
    fleet = Fleet.start(dir, 20, 64);
    everyRole = EveryRole.on(fleet, new EveryRole.Pace(20, 20_000, 40_000));
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
    everyRole.goesOnAfter(
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
    everyRole.goesOnAfter(
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
      everyRole.startAll(roles, "limited", "--broker-timeout", "8");
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
}
