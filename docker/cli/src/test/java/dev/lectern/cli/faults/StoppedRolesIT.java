package dev.lectern.cli.faults;

import static org.assertj.core.api.Assertions.assertThat;

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
 * Zombies: roles that stand still (SIGSTOP) until their work was given to others, and then go on
 * with what they held.
 */
@Tag("faults")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@DisabledOnOs(OS.WINDOWS)
@Timeout(1200)
class StoppedRolesIT {
  /** Longer than locks, sessions of workers (5 s) and of ledgers (45 s). */
  private static final long LONGER_THAN_LOCKS = 50_000;

  @TempDir private static Path dir;
  private Fleet fleet;
  private String digest;

  @BeforeAll
  void recordOnce() throws Exception {
    fleet = Fleet.start(dir, 10, 64);
    fleet.done(fleet.publishing("mini", 40));
    fleet.record("mini", "untouched");
    digest = fleet.digest("untouched");
  }

  @AfterAll
  void stop() throws Exception {
    Recovery.summarize();
    fleet.close();
  }

  @Test
  void aWorkerThatWakesBeforeTheSealRecordsOn() throws Exception {
    fleet.slow("zombie", 20_000);
    fleet.slow("other", 20_000);
    try (Child ledger = fleet.start(fleet.keeping("woken"));
        Child zombie = fleet.start(fleet.teaching("mini", "woken", "zombie"))) {
      Fleet.until(() -> fleet.receipts("woken") >= 10, zombie, ledger);
      zombie.signal("STOP");
      try (Child other = fleet.start(fleet.teaching("mini", "woken", "other"))) {
        long stopped = System.nanoTime();
        long before = fleet.receipts("woken");
        Fleet.until(() -> fleet.receipts("woken") > before, other, ledger);
        Recovery.took("worker stopped", "other worker from its start", stopped);
        Thread.sleep(LONGER_THAN_LOCKS);
        assertThat(ledger.isAlive()).as("views left when the zombie wakes").isTrue();
        zombie.signal("CONT");
        fleet.slow("zombie", 0);
        fleet.slow("other", 0);
        fleet.ends(zombie);
        fleet.ends(other);
      } finally {
        zombie.signal("CONT");
      }
      fleet.ends(ledger);
    }
    fleet.assertUnharmed("woken", digest);
  }

  @Test
  void aWorkerThatWakesBehindTheSealChangesNothing() throws Exception {
    fleet.slow("sleeper", 20_000);
    try (Child sleeper = fleet.start(fleet.teaching("mini", "late", "sleeper"))) {
      try (Child ledger = fleet.start(fleet.keeping("late"))) {
        Fleet.until(() -> fleet.receipts("late") >= 10, sleeper);
        sleeper.signal("STOP");
        fleet.ends(fleet.start(fleet.teaching("mini", "late", "awake")));
        fleet.ends(ledger);
      } finally {
        sleeper.signal("CONT");
      }
      fleet.slow("sleeper", 0);
      fleet.ends(sleeper);
    }
    fleet.assertUnharmed("late", digest);
  }

  @Test
  void aLedgerThatWakesAfterAnotherTookOverDoesNoHarm() throws Exception {
    fleet.slow("steady", 15_000);
    try (Child zombie = fleet.start(fleet.keeping("kept", dir.resolve("zombie")));
        Child worker = fleet.start(fleet.teaching("mini", "kept", "steady"))) {
      Fleet.until(() -> fleet.records(Topics.index("kept")) >= 10, zombie, worker);
      zombie.signal("STOP");
      try (Child other = fleet.start(fleet.keeping("kept", dir.resolve("other")))) {
        long stopped = System.nanoTime();
        long before = fleet.records(Topics.index("kept"));
        Fleet.until(() -> fleet.records(Topics.index("kept")) > before, worker, other);
        Recovery.took("ledger stopped", "other ledger from its start", stopped);
        zombie.signal("CONT");
        fleet.slow("steady", 0);
        fleet.ends(worker);
        fleet.ends(other);
      } finally {
        zombie.signal("CONT");
      }
      fleet.ends(zombie);
    }
    fleet.assertUnharmed("kept", digest);
  }
}
