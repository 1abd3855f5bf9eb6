package dev.lectern.schemas.log;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lectern.schemas.record.IndexEntry;
import dev.lectern.schemas.record.TeacherTensors;
import dev.lectern.schemas.topic.Topics;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PayloadChunksTest {
  @ParameterizedTest
  @ValueSource(ints = {0, 1, Topics.MAX_WHOLE_PAYLOAD_BYTES})
  void aPayloadUpToFourMegabytesStaysWhole(int size) {
    TeacherTensors whole = whole(new byte[size]);

    assertThat(PayloadChunks.of(whole)).containsExactly(whole);
  }

  @Test
  void aLargerPayloadComesInPiecesThatAReaderPutsTogether() {
    // Given one byte more
    byte[] payload = new byte[Topics.MAX_WHOLE_PAYLOAD_BYTES + 1];
    new Random(1).nextBytes(payload);
    IndexEntry entry = Entries.entry("1#0", payload, 0L, 1L, 2L, 3L, 4L);

    // When
    List<TeacherTensors> chunks = PayloadChunks.of(whole(payload));

    // Then
    assertThat(chunks)
        .extracting(chunk -> chunk.getPayload().remaining())
        .containsExactly(1 << 20, 1 << 20, 1 << 20, 1 << 20, 1);
    PayloadAssembly assembly =
        new PayloadAssembly(entry.getReceipt(), entry.getReceipt().getPayloads().get(0));
    IntStream.range(0, 5).forEach(i -> assembly.add(i, chunks.get(i)));
    assertThat(assembly.payload()).isEqualTo(ByteBuffer.wrap(payload));
  }

  private static TeacherTensors whole(byte[] payload) {
    return Entries.chunk(Entries.entry("1#0", payload, 0L), payload, 0, 1);
  }
}
