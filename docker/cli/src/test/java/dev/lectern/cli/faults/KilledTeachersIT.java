package dev.lectern.cli.faults;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lectern.cli.Child;
import dev.lectern.schemas.record.TensorKind;
import dev.lectern.schemas.topic.Topics;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Workers that are killed (SIGKILL) at {@link Points} that a seed draws, with another one beside
 * them: what is sealed is what one worker records that nobody kills.
 *
 * <p>A point is a number of further receipts and some milliseconds, so that workers die between a
 * view's payloads, its receipt and its acknowledgement; the log counts payloads without receipt and
 * views with two receipts.
 */
@Tag("faults")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Timeout(4800)
class KilledTeachersIT {
  private static final Logger LOG = LoggerFactory.getLogger(KilledTeachersIT.class);
  private static final int PICTURES = 10;
  private static final int VIEWS = 300;

  /** Kills of one recording; a view that was handed out ten times counts as failed. */
  private static final int PER_RECORDING = 8;

  @TempDir private static Path dir;
  private Fleet fleet;
  private String digest;

  @BeforeAll
  void recordOnce() throws Exception {
    fleet = Fleet.start(dir, PICTURES, 416);
    fleet.done(fleet.publishing("mini", VIEWS / PICTURES));
    fleet.record("mini", "untouched");
    digest = fleet.digest("untouched");
  }

  @AfterAll
  void stop() {
    fleet.close();
  }

  @Test
  void whatIsSealedIsWhatNobodyKilled() throws Exception {
    Points points = new Points("killed-teachers", 200);
    long orphans = 0;
    long repeated = 0;
    for (int number = 0; points.hasNext(); number++) {
      String recording = "killed-" + number;
      List<Integer> killed = new ArrayList<>();
      try (Child ledger = fleet.start(fleet.keeping(recording))) {
        boolean open = true;
        while (open && killed.size() < PER_RECORDING) {
          List<Integer> two = points.next(2);
          open = !two.isEmpty() && killInTurn(recording, two, points, killed);
        }
        points.settle(
            killed,
            () -> {
              if (ledger.isAlive()) {
                fleet.start(fleet.teaching("mini", recording, "survivor")).await(Fleet.LONG);
              }
              fleet.ends(ledger);
              fleet.assertUnharmed(recording, digest);
            });
      }
      long receipts = fleet.receipts(recording);
      repeated += receipts - VIEWS;
      orphans += fleet.records(Topics.tensors(recording, TensorKind.CLASS_SCORES)) - receipts;
      fleet.done(List.of("recordings", "delete", recording, "--yes"));
    }
    LOG.info(
        "killed={} seed={} payloads without receipt={} views with two receipts={}",
        points.held(),
        Points.SEED,
        orphans,
        repeated);
    assertThat(orphans + repeated).as("traces of workers killed at work").isPositive();
  }

  /**
   * Lets workers record at the same time and kills one after the other.
   *
   * @return whether there are views left
   */
  private boolean killInTurn(
      String recording, List<Integer> some, Points points, List<Integer> killed) throws Exception {
    List<Child> workers = new ArrayList<>();
    for (int point : some) {
      workers.add(fleet.start(fleet.teaching("mini", recording, "victim-" + point)));
    }
    try {
      for (Child worker : workers) {
        Fleet.until(() -> worker.output().contains("worker started") || complete(recording));
      }
      for (int i = 0; i < some.size(); i++) {
        Random random = Points.random(some.get(i));
        long target = fleet.receipts(recording) + 1 + random.nextInt(8);
        Fleet.until(() -> fleet.receipts(recording) >= target || complete(recording));
        Thread.sleep(random.nextInt(40));
        boolean late = complete(recording);
        workers.get(i).kill();
        if (late) {
          some.subList(i, some.size()).forEach(points::again);
          return false;
        }
        killed.add(some.get(i));
      }
      return fleet.receipts(recording) < VIEWS * 2 / 3;
    } finally {
      workers.forEach(Child::close);
    }
  }

  private boolean complete(String recording) {
    return fleet.receipts(recording) >= VIEWS;
  }
}
