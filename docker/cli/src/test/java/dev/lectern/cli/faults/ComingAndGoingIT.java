package dev.lectern.cli.faults;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lectern.cli.Child;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Workers that join and leave every two seconds, in order (SIGTERM) and at once (SIGKILL). */
@Tag("faults")
@Timeout(1200)
class ComingAndGoingIT {
  private static final Logger LOG = LoggerFactory.getLogger(ComingAndGoingIT.class);
  private static final int WORKERS = 12;
  private static final int AT_ONCE = 4;

  @TempDir private static Path dir;

  @Test
  void whatIsSealedIsWhatOneWorkerRecords() throws Exception {
    try (Fleet fleet = Fleet.start(dir, 10, 64)) {
      fleet.done(fleet.publishing("mini", 60));
      fleet.record("mini", "untouched");
      Deque<Child> working = new ArrayDeque<>();
      int joined = 0;
      int left = 0;
      try (Child ledger = fleet.start(fleet.keeping("busy"))) {
        while (joined < WORKERS || !working.isEmpty()) {
          if (joined < WORKERS && working.size() < AT_ONCE) {
            String name = "worker-" + joined++;
            fleet.slow(name, 5_000);
            working.add(fleet.start(fleet.teaching("mini", "busy", name)));
          }
          Thread.sleep(2_000);
          Child oldest = working.peek();
          if (oldest.output().contains("worker started")
              && (working.size() == AT_ONCE || joined == WORKERS)) {
            assertThat(ledger.isAlive()).as("views left for those who come").isTrue();
            if (left++ % 2 == 0) {
              oldest.terminate();
              oldest.await(Fleet.LONG);
            } else {
              oldest.kill();
            }
            working.poll();
          }
        }
        LOG.info("joined={} left={} receipts={}", joined, left, fleet.receipts("busy"));
        assertThat(fleet.receipts("busy")).isPositive();
        fleet.done(fleet.teaching("mini", "busy", "last"));
        fleet.ends(ledger);
      } finally {
        working.forEach(Child::close);
      }
      fleet.assertUnharmed("busy", fleet.digest("untouched"));
    }
  }
}
