package dev.lectern.schemas.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TensorContainerTest {
  private static final List<TensorEncoding> ENCODINGS =
      List.of(
          TensorEncoding.FLOAT32,
          TensorEncoding.FLOAT16,
          new TensorEncoding(Values.FLOAT32, Filter.NONE, Compression.NONE),
          new TensorEncoding(Values.FLOAT16, Filter.NONE, Compression.ZSTD),
          new TensorEncoding(Values.FLOAT16, Filter.SHUFFLE, Compression.NONE),
          TensorEncoding.INT8,
          new TensorEncoding(Values.INT8, Filter.NONE, Compression.NONE),
          new TensorEncoding(Values.INT8, Filter.VERTICAL_DELTA, Compression.NONE),
          new TensorEncoding(Values.INT8, Filter.NONE, Compression.ZSTD));

  /** The example of schemas/README.md. */
  private static final List<Tensor> EXAMPLE =
      List.of(
          Tensor.of("cls.0", new float[] {0f, 1f, -2f, 0.5f, 65504f, -0.25f}, 1, 2, 3),
          Tensor.of("dist.0", new float[] {3f, -3f}, 2));

  @Test
  void float32ComesBackBitForBit() {
    for (TensorEncoding encoding : ENCODINGS) {
      if (encoding.values() == Values.FLOAT32) {
        List<Tensor> read = TensorContainer.open(write(randomTensors(), encoding)).readAll();
        for (int i = 0; i < read.size(); i++) {
          assertThat(read.get(i).toArray()).containsExactly(randomTensors().get(i).toArray());
        }
      }
    }
  }

  @Test
  void float16ComesBackWithinHalfAUnitInTheLastPlace() {
    for (TensorEncoding encoding : ENCODINGS) {
      if (encoding.values() == Values.FLOAT16) {
        List<Tensor> read = TensorContainer.open(write(randomTensors(), encoding)).readAll();
        for (int i = 0; i < read.size(); i++) {
          float[] expected = randomTensors().get(i).toArray();
          float[] found = read.get(i).toArray();
          for (int j = 0; j < expected.length; j++) {
            assertThat(Math.abs(found[j] - expected[j]))
                .isLessThanOrEqualTo(Math.max(Math.abs(expected[j]) * 0x1p-11f, 0x1p-25f));
          }
        }
      }
    }
  }

  @Test
  void namesShapesAndEmptyTensorsComeBack() {
    List<Tensor> tensors =
        List.of(
            Tensor.of("a", new float[0], 0, 4), Tensor.of("größe", new float[] {1f}, 1, 1, 1, 1));

    TensorContainer container = TensorContainer.open(write(tensors, TensorEncoding.FLOAT16));

    assertThat(container.entries())
        .extracting(TensorContainer.Entry::name)
        .containsExactly("a", "größe");
    assertThat(container.find("größe").shape()).containsExactly(1, 1, 1, 1);
    assertThat(container.read(container.find("a")).toArray()).isEmpty();
    assertThat(container.find("b")).isNull();
  }

  @Test
  void aTensorOfOneValueRepeatedIsReadable() {
    Tensor zeros = Tensor.of("zeros", new float[1 << 20], 1 << 20);

    TensorContainer container = TensorContainer.open(write(List.of(zeros), TensorEncoding.FLOAT32));

    assertThat(container.read(container.entries().get(0)).toArray()).isEqualTo(new float[1 << 20]);
  }

  @ParameterizedTest
  @CsvSource({"float32-shuffle-zstd", "float16-shuffle-zstd", "float16-none-none"})
  void goldenBytesAreRead(String name) throws IOException {
    byte[] golden = Golden.bytes(name);

    List<Tensor> read = TensorContainer.open(ByteBuffer.wrap(golden)).readAll();
    assertThat(read.get(0).toArray()).containsExactly(EXAMPLE.get(0).toArray());
    assertThat(read.get(1).toArray()).containsExactly(EXAMPLE.get(1).toArray());
  }

  @Test
  void goldenBytesAreWritten() throws IOException {
    TensorEncoding plain = new TensorEncoding(Values.FLOAT16, Filter.NONE, Compression.NONE);

    assertThat(new TensorWriter().write(EXAMPLE, plain))
        .isEqualTo(Golden.bytes("float16-none-none"));
  }

  @ParameterizedTest
  @ValueSource(floats = {Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY})
  void whatIsNotANumberIsRefused(float value) {
    Tensor tensor = Tensor.of("dist.2", new float[] {0f, value}, 2);

    assertThatThrownBy(() -> new TensorWriter().write(List.of(tensor), TensorEncoding.FLOAT32))
        .isInstanceOf(UnstorableValueException.class)
        .hasMessageContaining("tensor dist.2 value 1: found " + value);
  }

  @Test
  void whatFloat16CannotHoldIsRefusedAndFloat32Takes() {
    Tensor tensor = Tensor.of("fpn.0", new float[] {70000f}, 1);

    assertThatThrownBy(() -> new TensorWriter().write(List.of(tensor), TensorEncoding.FLOAT16))
        .isInstanceOf(UnstorableValueException.class)
        .hasMessageContaining("70000");
    assertThat(
            TensorContainer.open(write(List.of(tensor), TensorEncoding.FLOAT32))
                .readAll()
                .get(0)
                .toArray())
        .containsExactly(70000f);
  }

  @Test
  void everyTruncationIsNoticed() {
    for (TensorEncoding encoding : ENCODINGS) {
      byte[] whole = new TensorWriter().write(EXAMPLE, encoding);
      for (int length = 0; length < whole.length; length++) {
        ByteBuffer part = ByteBuffer.wrap(whole, 0, length);
        assertThat(catchThrowable(() -> TensorContainer.open(part).readAll()))
            .as("%d of %d bytes of %s", length, whole.length, encoding)
            .isInstanceOf(CorruptTensorException.class);
      }
    }
  }

  @Test
  void everyFlippedBitIsNoticed() {
    for (TensorEncoding encoding : ENCODINGS) {
      byte[] whole = new TensorWriter().write(EXAMPLE, encoding);
      for (int bit = 0; bit < whole.length * 8; bit++) {
        byte[] flipped = whole.clone();
        flipped[bit / 8] ^= (byte) (1 << bit % 8);
        assertThat(catchThrowable(() -> TensorContainer.open(ByteBuffer.wrap(flipped)).readAll()))
            .as("bit %d of %s", bit, encoding)
            .isInstanceOfAny(CorruptTensorException.class, UnsupportedTensorVersionException.class);
      }
    }
  }

  @Test
  void randomBytesBehindAValidMagicNeverHarm() {
    SplittableRandom random = new SplittableRandom(7);
    for (int i = 0; i < 20_000; i++) {
      byte[] bytes = new byte[random.nextInt(16, 200)];
      random.nextBytes(bytes);
      ByteBuffer buffer = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
      buffer
          .putInt(0, TensorFormat.MAGIC)
          .putShort(4, (short) 1)
          .putShort(6, (short) random.nextInt(4));
      buffer.putInt(8, bytes.length);
      buffer.putInt(bytes.length - 4, TensorWriter.crc(bytes, 0, bytes.length - 4));
      Throwable thrown = catchThrowable(() -> TensorContainer.open(buffer).readAll());
      assertThat(thrown == null || thrown instanceof CorruptTensorException)
          .as("%s", thrown)
          .isTrue();
    }
  }

  @Test
  void aLaterVersionIsNamed() {
    byte[] bytes = new TensorWriter().write(EXAMPLE, TensorEncoding.FLOAT16);
    bytes[TensorFormat.VERSION_OFFSET] = 9;

    assertThatThrownBy(() -> TensorContainer.open(ByteBuffer.wrap(bytes)))
        .isInstanceOf(UnsupportedTensorVersionException.class)
        .hasMessage("tensor container: found version 9, this reader knows version 1");
  }

  private static ByteBuffer write(List<Tensor> tensors, TensorEncoding encoding) {
    return ByteBuffer.wrap(new TensorWriter().write(tensors, encoding));
  }

  private static List<Tensor> randomTensors() {
    SplittableRandom random = new SplittableRandom(3);
    float[] first = new float[7 * 5 * 3];
    float[] second = new float[1000];
    for (int i = 0; i < first.length; i++) {
      first[i] = (float) (random.nextDouble() * 40 - 20);
    }
    for (int i = 0; i < second.length; i++) {
      second[i] = (float) (random.nextDouble() * 1e-6);
    }
    return List.of(Tensor.of("cls.0", first, 7, 5, 3), Tensor.of("fpn.0", second, 10, 100));
  }
}
