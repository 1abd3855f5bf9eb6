package dev.lectern.schemas.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lectern.schemas.record.IndexEntry;
import dev.lectern.schemas.record.TeacherTensors;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class PayloadAssemblyTest {
  private final byte[] payload = {1, 2, 3, 4, 5};
  private final IndexEntry entry = Entries.entry("1#0", payload, 4L, 6L, 9L);
  private final PayloadAssembly assembly =
      new PayloadAssembly(entry.getReceipt(), entry.getReceipt().getPayloads().get(0));

  @Test
  void chunksInAnyOrderGiveThePayload() {
    // When
    boolean afterOne = assembly.add(2, chunk(2));
    boolean afterTwo = assembly.add(0, chunk(0));
    boolean afterThree = assembly.add(1, chunk(1));

    // Then
    assertThat(afterOne || afterTwo).isFalse();
    assertThat(afterThree).isTrue();
    assertThat(assembly.payload()).isEqualTo(ByteBuffer.wrap(payload));
  }

  @Test
  void missingChunksAreNamedWithTheirPlace() {
    // Given
    assembly.add(0, chunk(0));

    // Then
    assertThatThrownBy(assembly::payload)
        .isInstanceOf(PayloadException.class)
        .hasMessage(
            "view 1#0, CLASS_SCORES on rec.class-scores-0: missing: "
                + "chunk 1 of 3 at rec.class-scores-0@6, chunk 2 of 3 at rec.class-scores-0@9");
  }

  @Test
  void aRecordWithoutAValueIsNamedWithItsPlace() {
    // When, Then
    assertThatThrownBy(() -> assembly.add(1, null))
        .isInstanceOf(PayloadException.class)
        .hasMessageEndingWith("chunk 1 of 3 at rec.class-scores-0@6 has no value");
  }

  @Test
  void aFlippedBitIsFound() {
    // Given
    TeacherTensors damaged = chunk(1);
    damaged.setPayload(ByteBuffer.wrap(new byte[] {3, 5}));
    assembly.add(0, chunk(0));
    assembly.add(1, damaged);
    assembly.add(2, chunk(2));

    // Then
    assertThatThrownBy(assembly::payload)
        .isInstanceOf(PayloadException.class)
        .hasMessageContaining("found CRC32C");
  }

  @Test
  void aChunkOfAnotherAttemptViewOrTeacherIsRefused() {
    TeacherTensors attempt = chunk(0);
    attempt.setAttemptId(8L);
    TeacherTensors view = chunk(0);
    view.setViewId("2#0");
    TeacherTensors teacher = chunk(0);
    teacher.setTeacherId("t@2");
    TeacherTensors pixels = chunk(0);
    pixels.setPixelsSha256(ByteBuffer.wrap(new byte[32]));

    assertThatThrownBy(() -> assembly.add(0, attempt))
        .hasMessageEndingWith("chunk 0 of 3 at rec.class-scores-0@4 has attempt 8, expected 7");
    assertThatThrownBy(() -> assembly.add(0, view)).hasMessageEndingWith("view 2#0, expected 1#0");
    assertThatThrownBy(() -> assembly.add(0, teacher)).hasMessageContaining("teacher t@2");
    assertThatThrownBy(() -> assembly.add(0, pixels)).hasMessageContaining("other pixels");
  }

  @Test
  void aChunkTwiceCountsOnce() {
    assembly.add(0, chunk(0));
    assembly.add(0, chunk(0));
    boolean complete = assembly.add(1, chunk(1));

    assertThat(complete).isFalse();
    assertThat(assembly.add(2, chunk(2))).isTrue();
    assertThat(assembly.payload()).isEqualTo(ByteBuffer.wrap(payload));
  }

  @Test
  void aChunkInThePlaceOfAnotherIsRefused() {
    for (int place = 0; place < 3; place++) {
      for (int i = 0; i < 3; i++) {
        if (i != place) {
          int at = place;
          TeacherTensors other = chunk(i);
          assertThatThrownBy(() -> assembly.add(at, other))
              .isInstanceOf(PayloadException.class)
              .hasMessageEndingWith(" has chunk " + i + ", expected " + place);
        }
      }
    }
  }

  /** Bits of every byte, every shorter and a longer chunk, in every place. */
  @Test
  void everyChangedByteAndLengthIsFound() {
    for (int place = 0; place < 3; place++) {
      byte[] whole = bytes(chunk(place));
      List<byte[]> changed = new ArrayList<>();
      for (int at = 0; at < whole.length; at++) {
        for (int bit = 0; bit < 8; bit++) {
          byte[] flipped = whole.clone();
          flipped[at] ^= (byte) (1 << bit);
          changed.add(flipped);
        }
        changed.add(Arrays.copyOf(whole, at));
      }
      changed.add(Arrays.copyOf(whole, whole.length + 1));
      for (byte[] other : changed) {
        PayloadAssembly damaged =
            new PayloadAssembly(entry.getReceipt(), entry.getReceipt().getPayloads().get(0));
        for (int i = 0; i < 3; i++) {
          TeacherTensors record = chunk(i);
          if (i == place) {
            record.setPayload(ByteBuffer.wrap(other));
          }
          damaged.add(i, record);
        }
        assertThatThrownBy(damaged::payload)
            .isInstanceOf(PayloadException.class)
            .hasMessageMatching(".*: found (CRC32C .*|[0-9]+ bytes, expected 5)");
      }
    }
  }

  private static byte[] bytes(TeacherTensors record) {
    byte[] bytes = new byte[record.getPayload().remaining()];
    record.getPayload().duplicate().get(bytes);
    return bytes;
  }

  private TeacherTensors chunk(int i) {
    return Entries.chunk(entry, payload, i, 3);
  }
}
