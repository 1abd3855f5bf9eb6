package dev.lectern.cli.faults;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lectern.cli.Child;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A run that is killed at seeded steps and resumed: its student is that of a run nobody killed,
 * byte for byte.
 */
@Tag("faults")
@Timeout(4800)
class KilledTrainerIT {
  private static final Logger LOG = LoggerFactory.getLogger(KilledTrainerIT.class);
  private static final int PICTURES = 16;
  private static final int EPOCHS = 30;
  private static final int STEPS = PICTURES / 2 * EPOCHS;
  private static final int PER_RUN = 5;
  private static final String CHECKPOINTS = "checkpoint: {every-steps: 5}";

  @TempDir private static Path dir;

  @Test
  void theStudentIsThatOfARunNobodyKilled() throws Exception {
    Points points = new Points("killed-trainer", 50);
    try (Fleet fleet = Fleet.start(dir, PICTURES, 64)) {
      fleet.done(fleet.publishing("mini", 1));
      fleet.record("mini", "outputs");
      fleet.done(fleet.training("untouched", "outputs", EPOCHS, CHECKPOINTS));
      Path untouched = dir.resolve("untouched/student.safetensors");
      for (int number = 0; points.hasNext(); number++) {
        String run = "killed-" + number;
        List<Integer> killed = points.next(PER_RUN);
        points.settle(
            killed,
            () -> {
              List<String> command =
                  new ArrayList<>(fleet.training(run, "outputs", EPOCHS, CHECKPOINTS));
              command.add("--resume");
              long target = 0;
              for (int point : killed) {
                Random random = Points.random(point);
                target += 1 + random.nextInt(STEPS / PER_RUN - 10);
                kill(fleet, command, run, target, random.nextInt(20));
              }
              fleet.done(command);
              assertThat(dir.resolve(run + "/student.safetensors"))
                  .hasSameBinaryContentAs(untouched);
            });
      }
    }
    LOG.info("killed={} seed={}", points.held(), Points.SEED);
  }

  private static void kill(Fleet fleet, List<String> command, String run, long step, int millis)
      throws Exception {
    Path metrics = dir.resolve(run).resolve("metrics.jsonl");
    try (Child train = fleet.start(command)) {
      Fleet.until(() -> steps(metrics) >= step, train);
      Thread.sleep(millis);
      assertThat(train.isAlive()).as("steps left: " + train.output()).isTrue();
      train.kill();
    }
  }

  /** A line a step; what a killed run did after its checkpoint is there until it resumes. */
  private static long steps(Path metrics) throws Exception {
    return Files.exists(metrics) ? Files.readString(metrics).lines().count() : 0;
  }
}
