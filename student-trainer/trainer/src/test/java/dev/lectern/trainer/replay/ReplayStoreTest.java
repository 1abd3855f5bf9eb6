package dev.lectern.trainer.replay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lectern.schemas.config.UserMistakeException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ReplayStoreTest {
  private static final long SEGMENT = 64 << 10;

  @TempDir Path folder;

  @Test
  void whatWasKeptIsReadBack() {
    try (ReplayStore store = ReplayStore.open(folder, SEGMENT)) {
      // When
      store.append("a#0", Part.VIEW, fingerprint(1), payload(1, 100));
      store.append("a#0", Part.BOX_LOGITS, fingerprint(2), payload(2, 1000));

      // Then
      assertThat(store.read("a#0", Part.VIEW, fingerprint(1))).isEqualTo(payload(1, 100));
      assertThat(store.read("a#0", Part.BOX_LOGITS, fingerprint(2))).isEqualTo(payload(2, 1000));
      assertThat(store.read("a#0", Part.CLASS_SCORES, fingerprint(2))).isNull();
    }
  }

  @Test
  void anotherContentOfTheSameViewIsNotTaken() {
    try (ReplayStore store = ReplayStore.open(folder, SEGMENT)) {
      store.append("a#0", Part.CLASS_SCORES, fingerprint(1), payload(1, 100));

      assertThat(store.holds("a#0", Part.CLASS_SCORES, fingerprint(2))).isFalse();
      assertThat(store.read("a#0", Part.CLASS_SCORES, fingerprint(2))).isNull();
    }
  }

  @Test
  void recordsGoOnInNewSegmentsAndSurviveReopening() {
    // Given 40 records of 10 kB in segments of 64 kB
    try (ReplayStore store = ReplayStore.open(folder, SEGMENT)) {
      for (int i = 0; i < 40; i++) {
        store.append("view" + i, Part.VIEW, fingerprint(i), payload(i, 10_000));
      }
      assertThat(store.segmentCount()).isEqualTo(7);
    }

    // When
    try (ReplayStore store = ReplayStore.open(folder, SEGMENT)) {
      // Then
      for (int i = 0; i < 40; i++) {
        assertThat(store.read("view" + i, Part.VIEW, fingerprint(i))).isEqualTo(payload(i, 10_000));
      }
      store.append("more", Part.VIEW, fingerprint(99), payload(99, 10_000));
      assertThat(store.read("more", Part.VIEW, fingerprint(99))).isEqualTo(payload(99, 10_000));
    }
  }

  @Test
  void aRecordLargerThanASegmentGetsItsOwn() {
    try (ReplayStore store = ReplayStore.open(folder, SEGMENT)) {
      store.append("big", Part.FPN_FEATURES, fingerprint(1), payload(1, 300_000));

      assertThat(store.read("big", Part.FPN_FEATURES, fingerprint(1)))
          .isEqualTo(payload(1, 300_000));
    }
  }

  @Test
  void aTornTailIsCutAndTheStoreGoesOn() throws IOException {
    // Given a store whose last record was half written when the process died
    try (ReplayStore store = ReplayStore.open(folder, SEGMENT)) {
      store.append("whole", Part.VIEW, fingerprint(1), payload(1, 5000));
      store.append("torn", Part.VIEW, fingerprint(2), payload(2, 5000));
    }
    overwrite(5000 + 3000, new byte[2000]);

    // When
    try (ReplayStore store = ReplayStore.open(folder, SEGMENT)) {
      // Then
      assertThat(store.read("whole", Part.VIEW, fingerprint(1))).isEqualTo(payload(1, 5000));
      assertThat(store.read("torn", Part.VIEW, fingerprint(2))).isNull();
      assertThat(store.holds("torn", Part.VIEW, fingerprint(2))).isFalse();

      // And the place is used again
      store.append("torn", Part.VIEW, fingerprint(2), payload(2, 5000));
      assertThat(store.read("torn", Part.VIEW, fingerprint(2))).isEqualTo(payload(2, 5000));
      assertThat(store.segmentCount()).isEqualTo(1);
    }
  }

  @Test
  void aLostIndexIsRebuiltFromTheSegments() throws IOException {
    // Given
    try (ReplayStore store = ReplayStore.open(folder, SEGMENT)) {
      for (int i = 0; i < 20; i++) {
        store.append("view" + i, Part.VIEW, fingerprint(i), payload(i, 10_000));
      }
    }
    deleteTree(folder.resolve("index"));

    // When
    try (ReplayStore store = ReplayStore.open(folder, SEGMENT)) {
      // Then
      for (int i = 0; i < 20; i++) {
        assertThat(store.read("view" + i, Part.VIEW, fingerprint(i))).isEqualTo(payload(i, 10_000));
      }
    }
  }

  @Test
  void aDamagedRecordCountsAsNotHeld() throws IOException {
    // Given bytes that the disk lost
    try (ReplayStore store = ReplayStore.open(folder, SEGMENT)) {
      store.append("a", Part.VIEW, fingerprint(1), payload(1, 5000));
      byte[] junk = new byte[64];
      Arrays.fill(junk, (byte) 0x5A);
      overwrite(3000, junk);

      // Then
      assertThat(store.read("a", Part.VIEW, fingerprint(1))).isNull();
      assertThat(store.holds("a", Part.VIEW, fingerprint(1))).isFalse();
    }
  }

  @Test
  void twoRunsCannotShareAStoreAtTheSameTime() {
    try (ReplayStore store = ReplayStore.open(folder, SEGMENT)) {
      assertThat(store.segmentCount()).isZero();
      assertThatThrownBy(() -> ReplayStore.open(folder, SEGMENT))
          .isInstanceOf(UserMistakeException.class)
          .hasMessage(
              "replay store "
                  + folder
                  + ": in use by another run; give each run at the same time its own");
    }
  }

  @Test
  void aForeignFileIsRefused() throws IOException {
    Files.write(folder.resolve("segment-000001.lrep"), new byte[100]);

    assertThatThrownBy(() -> ReplayStore.open(folder, SEGMENT))
        .isInstanceOf(CorruptStoreException.class)
        .hasMessageContaining("not segment 1 of a replay store of version 1");
  }

  private void overwrite(long position, byte[] bytes) throws IOException {
    try (FileChannel channel =
        FileChannel.open(folder.resolve("segment-000001.lrep"), StandardOpenOption.WRITE)) {
      channel.write(ByteBuffer.wrap(bytes), position);
    }
  }

  private static byte[] fingerprint(int seed) {
    byte[] bytes = new byte[32];
    new Random(seed).nextBytes(bytes);
    return bytes;
  }

  private static ByteBuffer payload(int seed, int size) {
    byte[] bytes = new byte[size];
    new Random(1000L + seed).nextBytes(bytes);
    return ByteBuffer.wrap(bytes);
  }

  private static void deleteTree(Path root) throws IOException {
    try (Stream<Path> files = Files.walk(root)) {
      for (Path file : files.sorted((a, b) -> b.compareTo(a)).toList()) {
        Files.delete(file);
      }
    }
  }
}
