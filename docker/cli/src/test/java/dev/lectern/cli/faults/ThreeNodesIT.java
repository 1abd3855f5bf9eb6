package dev.lectern.cli.faults;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lectern.cli.Child;
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

/**
 * Three Kafka nodes with three copies of each record, of which one is killed, stands still, or is
 * restarted after the other, while every role works.
 */
@Tag("faults")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@DisabledOnOs(OS.WINDOWS)
@Timeout(1800)
class ThreeNodesIT {
  @TempDir private static Path dir;
  private Cluster cluster;
  private Fleet fleet;
  private String digest;

  @BeforeAll
  void recordOnce() throws Exception {
    cluster = Cluster.start(dir);
    fleet = Fleet.at(cluster.servers(), dir, 10, 64);
    fleet.done(fleet.publishing("mini", 40));
    fleet.record("mini", "untouched");
    digest = fleet.digest("untouched");
  }

  @AfterAll
  void stop() throws Exception {
    Recovery.summarize();
    if (fleet != null) {
      fleet.close();
    }
    cluster.close();
  }

  @Test
  void aNodeThatIsKilledHoldsNobodyUp() throws Exception {
    goesOn(
        "node killed",
        () -> {
          int leader = cluster.leaderOf(Topics.receipts("node-killed").name());
          cluster.node(leader).kill();
          return () -> cluster.startNode(leader);
        });
  }

  @Test
  void aNodeThatStandsStillHoldsNobodyUpForLong() throws Exception {
    goesOn(
        "node stopped",
        () -> {
          int leader = cluster.leaderOf(Topics.receipts("node-stopped").name());
          cluster.node(leader).signal("STOP");
          return () -> cluster.node(leader).signal("CONT");
        });
  }

  @Test
  void nodesAreRestartedOneAfterTheOther() throws Exception {
    goesOn(
        "rolling restart",
        () -> {
          for (int node = 1; node <= Cluster.NODES; node++) {
            cluster.node(node).terminate();
            cluster.node(node).await(Fleet.LONG);
            cluster.startNode(node);
            cluster.awaitAllInSync();
          }
          return () -> {};
        });
  }

  /** Something that happens to nodes, and hands out what mends it. */
  private interface Fault {
    Mend happen() throws Exception;
  }

  /** Makes the cluster whole. */
  private interface Mend {
    void run() throws Exception;
  }

  private void goesOn(String fault, Fault happening) throws Exception {
    String name = fault.replace(' ', '-');
    fleet.slow("worker", 12_000);
    fleet.slow(name + "-views", 20_000);
    Map<String, Child> roles = new LinkedHashMap<>();
    roles.put(
        "train",
        fleet.start(
            fleet.training(
                name + "-run", "untouched", 1_000_000, "checkpoint: {every-epochs: 1000000}")));
    try {
      Path metrics = dir.resolve(name + "-run/metrics.jsonl");
      Fleet.until(() -> Files.exists(metrics), roles.get("train"));
      roles.put("ledger", fleet.start(fleet.keeping(name)));
      roles.put("teach", fleet.start(fleet.teaching("mini", name, "worker")));
      roles.put("publish", fleet.start(fleet.publishing(name + "-views", 60)));
      Map<String, Callable<Long>> progress = new LinkedHashMap<>();
      progress.put("teach", () -> fleet.receipts(name));
      progress.put("ledger", () -> fleet.records(Topics.index(name)));
      progress.put("publish", () -> fleet.records(Topics.catalog(name + "-views")));
      progress.put("train", () -> Files.size(metrics));
      Child[] children = roles.values().toArray(new Child[0]);
      Fleet.until(
          () -> {
            for (Callable<Long> role : progress.values()) {
              if (role.call() < 10) {
                return false;
              }
            }
            return true;
          },
          children);

      Mend mend = happening.happen();
      long away = System.nanoTime();
      Map<String, Long> before = new LinkedHashMap<>();
      for (Map.Entry<String, Callable<Long>> role : progress.entrySet()) {
        before.put(role.getKey(), role.getValue().call());
      }
      Fleet.until(
          () -> {
            for (String role : List.copyOf(before.keySet())) {
              if (progress.get(role).call() > before.get(role)) {
                before.remove(role);
                Recovery.took(fault, role, away);
              }
            }
            return before.isEmpty();
          },
          children);
      mend.run();
      cluster.awaitAllInSync();
      fleet.slow("worker", 0);
      fleet.slow(name + "-views", 0);
      for (String role : List.of("ledger", "teach", "publish")) {
        fleet.ends(roles.get(role));
      }
      roles.get("train").terminate();
      assertThat(roles.get("train").await())
          .as(roles.get("train").output())
          .isEqualTo(ExitCode.TERMINATED);
    } finally {
      roles.values().forEach(Child::close);
    }
    fleet.assertUnharmed(name, digest);
    assertThat(fleet.done(fleet.publishing(name + "-views", 60)).out()).contains("SEALED");
  }
}
