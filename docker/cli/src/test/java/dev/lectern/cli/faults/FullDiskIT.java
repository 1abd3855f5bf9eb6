package dev.lectern.cli.faults;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lectern.cli.Child;
import dev.lectern.schemas.topic.Topics;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/**
 * Disks that run full under the broker, a ledger's state, a run's checkpoints and its replay store:
 * who cannot go on says so in one line, and when there is room again the outcome is that of a disk
 * that was never full.
 */
@Tag("faults")
@EnabledOnOs(OS.LINUX)
@Timeout(1200)
class FullDiskIT {
  private static final int VIEWS_PER_IMAGE = 20;

  @TempDir private Path dir;

  @Test
  void aBrokerWithoutRoomLosesNothing() throws Exception {
    try (SmallDisk disk = SmallDisk.mount(dir.resolve("small"), "200m");
        Fleet fleet = Fleet.startIn(disk.folder().resolve("broker"), dir, 10, 64)) {
      fleet.done(fleet.publishing("mini", VIEWS_PER_IMAGE));
      fleet.record("mini", "untouched");
      fleet.slow("worker", 20_000);
      try (Child ledger = fleet.start(fleet.keeping("full"));
          Child worker = fleet.start(fleet.teaching("mini", "full", "worker"))) {
        Fleet.until(() -> fleet.receipts("full") >= 10, ledger, worker);
        disk.fill();
        Fleet.until(
            () -> !fleet.broker().isAlive() || fleet.broker().output().contains("No space"));
        fleet.broker().kill();
        disk.free();
        fleet.startBroker();
        long back = System.nanoTime();
        long before = fleet.receipts("full");
        Fleet.until(() -> fleet.receipts("full") > before, ledger, worker);
        Recovery.took("disk full at the broker", "teach", back);
        fleet.slow("worker", 0);
        fleet.ends(worker);
        fleet.ends(ledger);
      }
      fleet.assertUnharmed("full", fleet.digest("untouched"));
    }
  }

  @Test
  void aLedgerWithoutRoomEndsAndAnotherSealsTheSame() throws Exception {
    try (SmallDisk disk = SmallDisk.mount(dir.resolve("small"), "64m");
        Fleet fleet = Fleet.start(dir, 10, 64)) {
      fleet.done(fleet.publishing("mini", VIEWS_PER_IMAGE));
      fleet.record("mini", "untouched");
      fleet.slow("worker", 15_000);
      try (Child worker = fleet.start(fleet.teaching("mini", "full", "worker"))) {
        try (Child ledger = fleet.start(fleet.keeping("full", disk.folder().resolve("state")))) {
          Fleet.until(() -> fleet.records(Topics.index("full")) >= 5, ledger, worker);
          disk.fill();
          fleet.slow("worker", 0);
          // Either it needs no more room, or it says that there is none.
          if (ledger.await(Fleet.LONG) != 0) {
            assertOneLine(ledger, "No space left");
          }
        }
        disk.free();
        if (worker.isAlive()) {
          fleet.done(fleet.keeping("full", disk.folder().resolve("state")));
        }
        fleet.ends(worker);
      }
      fleet.assertUnharmed("full", fleet.digest("untouched"));
    }
  }

  @Test
  void aRunWithoutRoomForACheckpointEndsAndContinuesWhenThereIs() throws Exception {
    String checkpoints = "checkpoint: {every-steps: 5}";
    try (SmallDisk disk = SmallDisk.mount(dir.resolve("full"), "64m");
        Fleet fleet = Fleet.start(dir, 10, 64)) {
      fleet.done(fleet.publishing("mini", 1));
      fleet.record("mini", "outputs");
      fleet.done(fleet.training("untouched", "outputs", 40, checkpoints));
      List<String> command = new ArrayList<>(fleet.training("full", "outputs", 40, checkpoints));
      command.add("--resume");
      Path folder = disk.folder().resolve("checkpoints");
      try (Child train = fleet.start(command)) {
        Fleet.until(() -> Files.isDirectory(folder) && folder.toFile().list().length > 0, train);
        disk.fill();
        assertThat(train.await(Fleet.LONG)).as(train.output()).isEqualTo(1);
        assertOneLine(train, "No space left");
      }
      disk.free();
      fleet.done(command);
      assertThat(disk.folder().resolve("student.safetensors"))
          .hasSameBinaryContentAs(dir.resolve("untouched/student.safetensors"));
    }
  }

  @Test
  void aReplayStoreWithoutRoomTakesNoMoreAndTheRunGoesOn() throws Exception {
    try (SmallDisk disk = SmallDisk.mount(dir.resolve("small"), "8m");
        Fleet fleet = Fleet.start(dir, 10, 64)) {
      fleet.done(fleet.publishing("mini", VIEWS_PER_IMAGE));
      fleet.record("mini", "outputs");
      fleet.done(fleet.training("untouched", "outputs", 2, ""));
      List<String> command = new ArrayList<>(fleet.training("full", "outputs", 2, ""));
      command.add("--set=replay.store=" + disk.folder().resolve("store"));
      disk.fill();
      try (Child train = fleet.start(command)) {
        fleet.ends(train);
        assertThat(train.output()).contains("takes nothing more");
      }
      assertThat(dir.resolve("full/student.safetensors"))
          .hasSameBinaryContentAs(dir.resolve("untouched/student.safetensors"));
    }
  }

  @Test
  void aReplayStoreThatCannotBeWrittenByNowIsStillRead() throws Exception {
    try (SmallDisk disk = SmallDisk.mount(dir.resolve("small"), "64m");
        Fleet fleet = Fleet.start(dir, 10, 64)) {
      fleet.done(fleet.publishing("mini", VIEWS_PER_IMAGE));
      fleet.record("mini", "outputs");
      String store = "--set=replay.store=" + disk.folder().resolve("store");
      List<String> filling = new ArrayList<>(fleet.training("untouched", "outputs", 2, ""));
      filling.addAll(List.of(store, "--set=replay.fill=before"));
      fleet.done(filling);
      List<String> command = new ArrayList<>(fleet.training("full", "outputs", 2, ""));
      command.add(store);
      disk.fill();
      try (Child train = fleet.start(command)) {
        fleet.ends(train);
        assertThat(train.output()).contains("takes nothing more");
      }
      disk.free();
      assertThat(dir.resolve("full/student.safetensors"))
          .hasSameBinaryContentAs(dir.resolve("untouched/student.safetensors"));
      try (SmallDisk unwritten = disk.readOnlyAt(dir.resolve("unwritten-disk"))) {
        List<String> reading = new ArrayList<>(fleet.training("reading", "outputs", 2, ""));
        reading.add("--set=replay.store=" + unwritten.folder().resolve("store"));
        try (Child train = fleet.start(reading)) {
          fleet.ends(train);
          assertThat(train.output()).contains("takes nothing more");
        }
      }
      assertThat(dir.resolve("reading/student.safetensors"))
          .hasSameBinaryContentAs(dir.resolve("untouched/student.safetensors"));
      // Nothing was lost by it: the next run finds the store complete.
      List<String> again = new ArrayList<>(fleet.training("again", "outputs", 2, ""));
      again.add(store);
      try (Child train = fleet.start(again)) {
        fleet.ends(train);
        assertThat(train.output()).contains("replay store is complete");
        assertThat(train.output()).doesNotContain("rebuilt");
      }
    }
  }

  private static void assertOneLine(Child child, String part) {
    assertThat(child.output().lines().filter(line -> line.startsWith("lectern: ")))
        .as(child.output())
        .singleElement()
        .asString()
        .contains(part);
  }
}
