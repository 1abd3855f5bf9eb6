package dev.lectern.trainer.replay;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lectern.schemas.record.TensorKind;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ReplayStoreTest {
  private static final long SEGMENT_BYTES = 64 << 10;
  private static final StoreSize SEGMENT = StoreSize.unlimited(SEGMENT_BYTES);

  @TempDir Path folder;

  @Test
  void whatWasKeptIsReadBack() {
    try (ReplayStore store = ReplayStore.open(folder, SEGMENT)) {
      // When
      store.append("a#0", Part.VIEW, fingerprint(1), payload(1, 100));
      store.append("a#0", new Part(TensorKind.BOX_LOGITS), fingerprint(2), payload(2, 1000));

      // Then
      assertThat(store.read("a#0", Part.VIEW, fingerprint(1))).isEqualTo(payload(1, 100));
      assertThat(store.read("a#0", new Part(TensorKind.BOX_LOGITS), fingerprint(2)))
          .isEqualTo(payload(2, 1000));
      assertThat(store.read("a#0", new Part(TensorKind.CLASS_SCORES), fingerprint(2))).isNull();
    }
  }

  @Test
  void anotherContentOfTheSameViewIsNotTaken() {
    try (ReplayStore store = ReplayStore.open(folder, SEGMENT)) {
      store.append("a#0", new Part(TensorKind.CLASS_SCORES), fingerprint(1), payload(1, 100));

      assertThat(store.holds("a#0", new Part(TensorKind.CLASS_SCORES), fingerprint(2))).isFalse();
      assertThat(store.read("a#0", new Part(TensorKind.CLASS_SCORES), fingerprint(2))).isNull();
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
      store.append("big", new Part(TensorKind.FPN_FEATURES), fingerprint(1), payload(1, 300_000));

      assertThat(store.read("big", new Part(TensorKind.FPN_FEATURES), fingerprint(1)))
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

  /**
   * A cache: whichever of RocksDB's files is damaged, and wherever, the store opens and goes on.
   */
  @Test
  void aDamagedIndexIsRebuiltFromTheSegments() throws IOException {
    Path whole = folder.resolve("whole");
    for (int opened = 0; opened < 2; opened++) {
      // The second opening turns the log of the first into a table.
      try (ReplayStore store = ReplayStore.open(whole, SEGMENT)) {
        for (int i = opened * 10; i < opened * 10 + 10; i++) {
          store.append("view" + i, Part.VIEW, fingerprint(i), payload(i, 1_000));
        }
      }
    }
    List<Path> files;
    try (Stream<Path> found = Files.list(whole.resolve("index"))) {
      files = found.filter(file -> file.toFile().length() > 0).sorted().toList();
    }
    Random random = new Random(3);
    for (Path file : files) {
      for (int round = 0; round < 4; round++) {
        Path copy = folder.resolve(file.getFileName() + "-" + round);
        copyTree(whole, copy);
        Path damaged = copy.resolve("index").resolve(file.getFileName());
        byte[] bytes = Files.readAllBytes(damaged);
        for (int i = 0; i < 1 + bytes.length / 50; i++) {
          bytes[random.nextInt(bytes.length)] ^= (byte) (1 + random.nextInt(255));
        }
        Files.write(damaged, round < 2 ? bytes : Arrays.copyOf(bytes, bytes.length / 2));

        try (ReplayStore store = ReplayStore.open(copy, SEGMENT)) {
          for (int i = 0; i < 20; i++) {
            store.append("view" + i, Part.VIEW, fingerprint(i), payload(i, 1_000));
            assertThat(store.read("view" + i, Part.VIEW, fingerprint(i)))
                .as("%s, round %d, view %d", file.getFileName(), round, i)
                .isEqualTo(payload(i, 1_000));
          }
        }
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
  void aFileThatIsNoSegmentIsLeftAlone() throws IOException {
    try (ReplayStore store = ReplayStore.open(folder, SEGMENT)) {
      for (int i = 0; i < 4; i++) {
        store.append("view" + i, Part.VIEW, fingerprint(i), payload(i, 20_000));
      }
      assertThat(store.segmentCount()).isEqualTo(2);
    }
    for (int number = 1; number <= 2; number++) {
      // Given a header that is overwritten
      Path damaged = folder.resolve(Segment.fileName(number));
      byte[] before = Files.readAllBytes(damaged);
      byte[] after = before.clone();
      Arrays.fill(after, 0, SegmentFormat.FIRST_RECORD, (byte) 0x5A);
      Files.write(damaged, after);

      for (int round = 0; round < 2; round++) {
        try (ReplayStore store = ReplayStore.open(folder, SEGMENT)) {
          // Then what was in it is not held, and is kept again elsewhere
          for (int i = 0; i < 4; i++) {
            if (round == 1) {
              assertThat(store.read("view" + i, Part.VIEW, fingerprint(i)))
                  .isEqualTo(payload(i, 20_000));
            }
            assertThat(store.append("view" + i, Part.VIEW, fingerprint(i), payload(i, 20_000)))
                .isTrue();
          }
        }
      }
      assertThat(damaged).hasBinaryContent(after);
    }
  }

  @Test
  void whereverTheLastWriteBrokeOffAllBeforeItIsKept() throws IOException {
    // Given a store of three records
    long[] ends = new long[4];
    ends[0] = SegmentFormat.FIRST_RECORD;
    Path whole = folder.resolve("whole");
    try (ReplayStore store = ReplayStore.open(whole, SEGMENT)) {
      for (int i = 1; i <= 3; i++) {
        store.append("view" + i, Part.VIEW, fingerprint(i), payload(i, 300 * i));
        ends[i] = ends[i - 1] + SegmentFormat.recordBytes(5, 300 * i);
      }
    }
    byte[] file = Files.readAllBytes(whole.resolve("segment-000001.lrep"));

    // When the file ends at any byte of it: cut short, or followed by zeros, or by something else
    int variant = 0;
    for (int length = 0; length <= ends[3]; length += length < 64 ? 9 : 37) {
      byte[] torn = Arrays.copyOf(file, length);
      if (++variant % 3 > 0) {
        torn = Arrays.copyOf(torn, file.length);
        Arrays.fill(torn, length, (int) ends[3] + 500, (byte) (variant % 3 == 1 ? 0 : 0xA7));
      }
      Path copy = folder.resolve("torn" + length);
      copyTree(whole, copy);
      Files.write(copy.resolve("segment-000001.lrep"), torn);
      if (torn.length >= SegmentFormat.FIRST_RECORD && length < SegmentFormat.FIRST_RECORD) {
        // Files appear with their header, by renaming: this one is damaged, or somebody else's.
        try (ReplayStore store = ReplayStore.open(copy, SEGMENT)) {
          assertThat(store.holds("view1", Part.VIEW, fingerprint(1))).isFalse();
        }
        assertThat(copy.resolve("segment-000001.lrep")).hasBinaryContent(torn);
        continue;
      }

      // Then what was whole is held, what was not is not, and the store goes on
      for (int round = 0; round < 2; round++) {
        try (ReplayStore store = ReplayStore.open(copy, SEGMENT)) {
          for (int i = 1; i <= 3; i++) {
            ByteBuffer found = store.read("view" + i, Part.VIEW, fingerprint(i));
            if (ends[i] - 7 <= length || round == 1) {
              assertThat(found)
                  .as("record %d of %d bytes", i, length)
                  .isEqualTo(payload(i, 300 * i));
            } else if (found != null) {
              // Only the padding was lost.
              assertThat(length).isGreaterThan((int) ends[i] - 8);
            }
            store.append("view" + i, Part.VIEW, fingerprint(i), payload(i, 300 * i));
          }
          assertThat(store.segmentCount()).isEqualTo(1);
        }
      }
    }
  }

  @Test
  void whatTheLimitLeavesNoRoomForIsNotKept() {
    // Given a store of four segments, full of what this run reads
    try (ReplayStore store =
        ReplayStore.open(folder, new StoreSize(SEGMENT_BYTES, 4 * SEGMENT_BYTES))) {
      int kept = 0;
      while (store.append("view" + kept, Part.VIEW, fingerprint(kept), payload(kept, 20_000))) {
        kept++;
      }

      // Then
      assertThat(kept).isEqualTo(12);
      assertThat(store.segmentCount()).isEqualTo(4);
      assertThat(store.isTaking()).isFalse();
      assertThat(store.holds("view12", Part.VIEW, fingerprint(12))).isFalse();
      assertThat(store.read("view0", Part.VIEW, fingerprint(0))).isEqualTo(payload(0, 20_000));
    }
  }

  @Test
  void whatWasNotUsedForTheLongestTimeMakesRoom() throws IOException {
    // Given a full store of an earlier run, which used its second segment last
    StoreSize size = new StoreSize(SEGMENT_BYTES, 4 * SEGMENT_BYTES);
    try (ReplayStore store = ReplayStore.open(folder, size)) {
      for (int i = 0; i < 12; i++) {
        store.append("old" + i, Part.VIEW, fingerprint(i), payload(i, 20_000));
      }
    }
    long now = System.currentTimeMillis();
    for (int number = 1; number <= 4; number++) {
      Files.setLastModifiedTime(
          folder.resolve(Segment.fileName(number)),
          FileTime.fromMillis(now - (number == 2 ? 1000 : 10_000L * (10 - number))));
    }

    // When another run keeps three segments of its own
    try (ReplayStore store = ReplayStore.open(folder, size)) {
      for (int i = 100; i < 109; i++) {
        assertThat(store.append("new" + i, Part.VIEW, fingerprint(i), payload(i, 20_000))).isTrue();
      }

      // Then those that were used before are gone
      assertThat(store.segmentCount()).isEqualTo(4);
      assertThat(folder.resolve(Segment.fileName(1))).doesNotExist();
      assertThat(folder.resolve(Segment.fileName(2))).exists();
      assertThat(folder.resolve(Segment.fileName(3))).doesNotExist();
      assertThat(store.holds("old0", Part.VIEW, fingerprint(0))).isFalse();
      assertThat(store.read("old0", Part.VIEW, fingerprint(0))).isNull();
      assertThat(store.read("old3", Part.VIEW, fingerprint(3))).isEqualTo(payload(3, 20_000));
      assertThat(store.read("new100", Part.VIEW, fingerprint(100))).isEqualTo(payload(100, 20_000));
    }
  }

  @Test
  void aSmallerLimitTakesEffectWhenTheStoreIsOpened() {
    try (ReplayStore store = ReplayStore.open(folder, SEGMENT)) {
      for (int i = 0; i < 30; i++) {
        store.append("view" + i, Part.VIEW, fingerprint(i), payload(i, 20_000));
      }
      assertThat(store.segmentCount()).isEqualTo(10);
    }

    try (ReplayStore store =
        ReplayStore.open(folder, new StoreSize(SEGMENT_BYTES, 5 * SEGMENT_BYTES))) {
      assertThat(store.segmentCount()).isEqualTo(5);
      assertThat(store.holds("view29", Part.VIEW, fingerprint(29))).isTrue();
    }
  }

  @Test
  void aStoreThatCannotBeWrittenIsStillRead() throws IOException {
    try (ReplayStore store = ReplayStore.open(folder, SEGMENT)) {
      // Given
      store.append("a", Part.VIEW, fingerprint(1), payload(1, 40_000));
      Files.createDirectory(folder.resolve(Segment.fileName(2)));

      // When the next segment cannot be made
      boolean held = store.append("b", Part.VIEW, fingerprint(2), payload(2, 40_000));

      // Then
      assertThat(held).isFalse();
      assertThat(store.isTaking()).isFalse();
      assertThat(store.append("c", Part.VIEW, fingerprint(3), payload(3, 10))).isFalse();
      assertThat(store.read("a", Part.VIEW, fingerprint(1))).isEqualTo(payload(1, 40_000));
      assertThat(store.read("b", Part.VIEW, fingerprint(2))).isNull();
    }
  }

  private static void copyTree(Path from, Path to) throws IOException {
    try (Stream<Path> files = Files.walk(from)) {
      for (Path file : files.toList()) {
        Files.copy(file, to.resolve(from.relativize(file).toString()));
      }
    }
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
