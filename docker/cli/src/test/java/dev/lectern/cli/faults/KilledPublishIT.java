package dev.lectern.cli.faults;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lectern.cli.Child;
import dev.lectern.schemas.topic.Topics;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A publisher that is killed while it sends, and started again: the dataset is the same. */
@Tag("faults")
@Timeout(4800)
class KilledPublishIT {
  private static final Logger LOG = LoggerFactory.getLogger(KilledPublishIT.class);
  private static final int PICTURES = 20;
  private static final int VIEWS_PER_IMAGE = 20;
  private static final int VIEWS = PICTURES * VIEWS_PER_IMAGE;
  private static final int PER_DATASET = 4;

  @TempDir private static Path dir;

  @Test
  void whatIsSealedIsWhatNobodyKilled() throws Exception {
    Points points = new Points("killed-publish", 8);
    try (Fleet fleet = Fleet.start(dir, PICTURES, 64)) {
      String untouched = sealed(fleet, "untouched");
      for (int number = 0; points.hasNext(); number++) {
        String dataset = "killed-" + number;
        List<Integer> killed = points.next(PER_DATASET);
        points.settle(
            killed,
            () -> {
              fleet.slow(dataset, 60_000);
              long target = 0;
              for (int point : killed) {
                Random random = Points.random(point);
                target += 1 + random.nextInt(VIEWS / PER_DATASET / 2);
                kill(fleet, dataset, target, random.nextInt(40));
              }
              fleet.slow(dataset, 0);
              assertThat(sealed(fleet, dataset)).isEqualTo(untouched);
              fleet.record(dataset, dataset + "-outputs");
              assertThat(fleet.done(List.of("recordings", "verify", dataset + "-outputs")).out())
                  .contains(": sound");
            });
      }
    }
    LOG.info("killed={} seed={}", points.held(), Points.SEED);
  }

  private static void kill(Fleet fleet, String dataset, long target, int millis) throws Exception {
    try (Child publish = fleet.start(fleet.publishing(dataset, VIEWS_PER_IMAGE))) {
      Fleet.until(() -> fleet.records(Topics.catalog(dataset)) >= target, publish);
      Thread.sleep(millis);
      assertThat(publish.isAlive()).as("views left to send: " + publish.output()).isTrue();
      publish.kill();
    }
  }

  /** Its digest. */
  private static String sealed(Fleet fleet, String dataset) {
    String out = fleet.done(fleet.publishing(dataset, VIEWS_PER_IMAGE)).out();
    assertThat(out).contains("SEALED, " + VIEWS + " views");
    return out.replaceAll("(?s).*digest ([0-9a-f]+).*", "$1");
  }
}
