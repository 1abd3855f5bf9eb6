package dev.lectern.schemas.tensor;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Which tensors are compressed. */
class CompressionTest {
  @ParameterizedTest
  @CsvSource({
    "FLOAT32, float32-shuffle-zstd",
    "FLOAT16, float16-shuffle-zstd",
    "FIXED24, fixed24-shuffle-zstd",
    "INT8, int8-delta-zstd"
  })
  void whatRepeatsIsCompressedToTheGoldenBytes(Values values, String name) throws IOException {
    byte[] golden = Golden.bytes("repeated-" + name);

    assertThat(new TensorWriter().write(List.of(repeated()), TensorEncoding.of(values)))
        .isEqualTo(golden);
    TensorContainer container = TensorContainer.open(ByteBuffer.wrap(golden));
    assertThat(container.entries().get(0).encoding()).isEqualTo(TensorEncoding.of(values));
    assertThat(container.readAll().get(0).toArray()).containsExactly(repeated().toArray());
  }

  @ParameterizedTest
  @CsvSource({"FLOAT32", "FLOAT16", "FIXED24", "INT8"})
  void whatHardlyShrinksIsWrittenPlain(Values values) {
    TensorEncoding plain = new TensorEncoding(values, Filter.NONE, Compression.NONE);

    assertThat(new TensorWriter().write(List.of(noise()), TensorEncoding.of(values)))
        .isEqualTo(new TensorWriter().write(List.of(noise()), plain));
  }

  @Test
  void eachTensorOfAContainerIsDecidedByItself() {
    byte[] bytes =
        new TensorWriter().write(List.of(noise(), repeated(), noise()), TensorEncoding.INT8);

    assertThat(TensorContainer.open(ByteBuffer.wrap(bytes)).entries())
        .extracting(entry -> entry.encoding().compression())
        .containsExactly(Compression.NONE, Compression.ZSTD, Compression.NONE);
    assertThat(TensorContainer.open(ByteBuffer.wrap(bytes)).readAll().get(1).toArray())
        .containsExactly(repeated().toArray());
  }

  /**
   * Shape (2, 8, 8): 0, 85, 170, 255 in each row of the first channel, rows 0 to 255 of the other.
   */
  private static Tensor repeated() {
    float[] values = new float[128];
    for (int i = 0; i < 64; i++) {
      values[i] = 85 * (i % 4);
      values[64 + i] = i < 56 ? 36 * (i / 8) : 255;
    }
    return Tensor.of("cls.0", values, 2, 8, 8);
  }

  /** Fills nearly all bits of every encoding. */
  private static Tensor noise() {
    SplittableRandom random = new SplittableRandom(1);
    float[] values = new float[4 * 400];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) random.nextDouble(-120, 120);
    }
    return Tensor.of("fpn.2", values, 4, 20, 20);
  }
}
