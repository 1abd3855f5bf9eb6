package dev.lectern.cli.faults;

import dev.lectern.cli.Child;
import dev.lectern.schemas.topic.Topics;
import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A ledger that is killed at seeded points while a worker records, and started again, every other
 * time without its state: it counts each view once and seals the same.
 */
@Tag("faults")
@Timeout(4800)
class KilledLedgerIT {
  private static final Logger LOG = LoggerFactory.getLogger(KilledLedgerIT.class);
  private static final int PICTURES = 20;
  private static final int VIEWS_PER_IMAGE = 20;
  private static final int PER_RECORDING = 4;

  @TempDir private static Path dir;

  @Test
  void whatIsSealedIsWhatNobodyKilled() throws Exception {
    Points points = new Points("killed-ledger", 8);
    try (Fleet fleet = Fleet.start(dir, PICTURES, 64)) {
      fleet.done(fleet.publishing("mini", VIEWS_PER_IMAGE));
      fleet.record("mini", "untouched");
      String digest = fleet.digest("untouched");
      for (int number = 0; points.hasNext(); number++) {
        String recording = "killed-" + number;
        List<Integer> killed = points.next(PER_RECORDING);
        points.settle(
            killed,
            () -> {
              fleet.slow("worker-" + recording, 15_000);
              try (Child worker =
                  fleet.start(fleet.teaching("mini", recording, "worker-" + recording))) {
                for (int point : killed) {
                  kill(fleet, worker, recording, Points.random(point));
                }
                fleet.slow("worker-" + recording, 0);
                fleet.done(fleet.keeping(recording, dir.resolve("state")));
                fleet.ends(worker);
              }
              fleet.assertUnharmed(recording, digest);
            });
      }
    }
    Recovery.summarize();
    LOG.info("killed={} seed={}", points.held(), Points.SEED);
  }

  private static void kill(Fleet fleet, Child worker, String recording, Random random)
      throws Exception {
    Path state = dir.resolve("state");
    long started = System.nanoTime();
    try (Child ledger = fleet.start(fleet.keeping(recording, state))) {
      long before = fleet.records(Topics.index(recording));
      Fleet.until(() -> fleet.records(Topics.index(recording)) > before, ledger, worker);
      Recovery.took("ledger killed", "ledger from its start", started);
      long target = before + 1 + random.nextInt(15);
      Fleet.until(() -> fleet.records(Topics.index(recording)) >= target, ledger, worker);
      Thread.sleep(random.nextInt(200));
      ledger.kill();
    }
    if (random.nextBoolean()) {
      delete(state);
    }
  }

  private static void delete(Path folder) throws IOException {
    Files.walkFileTree(
        folder,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
              throws IOException {
            Files.delete(file);
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult postVisitDirectory(Path visited, IOException e)
              throws IOException {
            Files.delete(visited);
            return FileVisitResult.CONTINUE;
          }
        });
  }
}
