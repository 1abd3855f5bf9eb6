package dev.lectern.cli.faults;

import dev.lectern.cli.Child;
import dev.lectern.schemas.topic.Topics;
import java.nio.file.Path;
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
  private EveryRole everyRole;
  private int leader;

  @BeforeAll
  void recordOnce() throws Exception {
    cluster = Cluster.start(dir);
    fleet = Fleet.at(cluster.servers(), dir, 10, 64);
    everyRole = EveryRole.on(fleet, new EveryRole.Pace(60, 8_000, 14_000));
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
    everyRole.goesOn(
        "node-killed",
        () -> leader("node-killed").kill(),
        () -> {
          cluster.startNode(leader);
          cluster.awaitAllInSync();
        });
  }

  @Test
  void aNodeThatStandsStillHoldsNobodyUpForLong() throws Exception {
    everyRole.goesOn(
        "node-stopped",
        () -> leader("node-stopped").signal("STOP"),
        () -> {
          cluster.node(leader).signal("CONT");
          cluster.awaitAllInSync();
        });
  }

  @Test
  void nodesAreRestartedOneAfterTheOther() throws Exception {
    everyRole.goesOnAfter(
        "rolling-restart",
        () -> {
          for (int node = 1; node <= Cluster.NODES; node++) {
            cluster.node(node).terminate();
            cluster.node(node).await(Fleet.LONG);
            cluster.startNode(node);
            cluster.awaitAllInSync();
          }
        });
  }

  /** The node that leads the recording's receipts. */
  private Child leader(String recording) throws Exception {
    leader = cluster.leaderOf(Topics.receipts(recording).name());
    return cluster.node(leader);
  }
}
