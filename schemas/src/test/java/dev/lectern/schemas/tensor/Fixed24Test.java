package dev.lectern.schemas.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class Fixed24Test {
  private static final TensorEncoding PLAIN =
      new TensorEncoding(Values.FIXED24, Filter.NONE, Compression.NONE);
  private static final TensorEncoding SHUFFLED =
      new TensorEncoding(Values.FIXED24, Filter.SHUFFLE, Compression.NONE);

  @Test
  void goldenBytesAreReadAndWrittenUnchanged() throws IOException {
    byte[] golden;
    try (InputStream in = getClass().getResourceAsStream("/tensor/v1-fixed24-none-none.bin")) {
      golden = in.readAllBytes();
    }
    List<Tensor> tensors =
        List.of(
            Tensor.of("cls.0", new float[] {0f, 1f, -2f, 0.5f, 127.99f, -0.1f}, 1, 2, 3),
            Tensor.of("dist.0", new float[] {200f, -1f}, 2));

    assertThat(new TensorWriter().write(tensors, PLAIN)).isEqualTo(golden);
    List<Tensor> read = TensorContainer.open(ByteBuffer.wrap(golden)).readAll();
    assertThat(read.get(0).toArray())
        .containsExactly(0f, 1f, -2f, 0.5f, 8387952 * 0x1p-16f, -6554 * 0x1p-16f);
    assertThat(read.get(1).toArray()).containsExactly(200f, -1f);
  }

  @Test
  void everyValueComesBackWithinHalfAStep() {
    SplittableRandom random = new SplittableRandom(11);
    for (TensorEncoding encoding : List.of(PLAIN, SHUFFLED, TensorEncoding.FIXED24)) {
      for (float reach : new float[] {1e-6f, 1, 127.9f, 129, 1e6f, 1e30f}) {
        float[] values = new float[9000];
        for (int i = 0; i < values.length; i++) {
          values[i] = (float) ((random.nextDouble() * 2 - 1) * reach);
        }
        double step = Math.max(0x1p-16, reach * 0x1p-22);

        float[] found = read(Tensor.of("cls.0", values, 9, 1000), encoding);

        for (int i = 0; i < values.length; i++) {
          assertThat(Math.abs((double) found[i] - values[i])).isLessThanOrEqualTo(step / 2);
        }
      }
    }
  }

  @Test
  void whatIsReadIsWrittenBackUnchanged() {
    float[] values = {1.2345f, -77.001f, 0.00001f, -0f};

    float[] once = read(Tensor.of("a", values, 4), SHUFFLED);

    assertThat(read(Tensor.of("a", once, 4), SHUFFLED)).containsExactly(once);
  }

  @ParameterizedTest
  @ValueSource(
      floats = {Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY, Float.MAX_VALUE})
  void whatCannotBeStoredIsRefused(float value) {
    Tensor tensor = Tensor.of("cls.1", new float[] {0f, value}, 2);

    assertThatThrownBy(() -> new TensorWriter().write(List.of(tensor), TensorEncoding.FIXED24))
        .isInstanceOf(UnstorableValueException.class)
        .hasMessageContaining("cls.1");
  }

  @Test
  void anEmptyTensorHasTheFinestStep() {
    assertThat(read(Tensor.of("a", new float[0], 0, 4), TensorEncoding.FIXED24)).isEmpty();
  }

  private static float[] read(Tensor tensor, TensorEncoding encoding) {
    byte[] bytes = new TensorWriter().write(List.of(tensor), encoding);
    return TensorContainer.open(ByteBuffer.wrap(bytes)).readAll().get(0).toArray();
  }
}
