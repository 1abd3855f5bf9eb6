package dev.lectern.schemas.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lectern.schemas.record.IndexEntry;
import dev.lectern.schemas.record.TeacherTensors;
import java.nio.ByteBuffer;
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

  private TeacherTensors chunk(int i) {
    return Entries.chunk(entry, payload, i, 3);
  }
}
