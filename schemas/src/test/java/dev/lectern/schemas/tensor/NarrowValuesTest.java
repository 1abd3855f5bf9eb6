package dev.lectern.schemas.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class NarrowValuesTest {
  private static final List<int[]> SHAPES =
      List.of(
          new int[] {5, 7, 9},
          new int[] {4, 20, 16},
          new int[] {3, 6, 5, 4},
          new int[] {33},
          new int[] {2, 0, 3});

  static Stream<TensorEncoding> encodings() {
    return Stream.of(
        TensorEncoding.INT8,
        new TensorEncoding(Values.INT8, Filter.VERTICAL_DELTA, Compression.NONE),
        new TensorEncoding(Values.INT8, Filter.NONE, Compression.ZSTD),
        new TensorEncoding(Values.INT8, Filter.NONE, Compression.NONE),
        TensorEncoding.FLOAT16,
        new TensorEncoding(Values.FLOAT16, Filter.SHUFFLE, Compression.NONE),
        new TensorEncoding(Values.FLOAT16, Filter.NONE, Compression.ZSTD),
        new TensorEncoding(Values.FLOAT16, Filter.NONE, Compression.NONE));
  }

  @ParameterizedTest
  @MethodSource("encodings")
  void storedNumbersWidenToWhatIsReadAsFloats(TensorEncoding encoding) {
    // Given smooth tensors, which compress, in containers on the heap and outside it
    List<Tensor> tensors = SHAPES.stream().map(NarrowValuesTest::smooth).toList();
    byte[] bytes = new TensorWriter().write(tensors, encoding);
    ByteBuffer direct = ByteBuffer.allocateDirect(bytes.length).put(bytes).flip();

    for (ByteBuffer container : List.of(ByteBuffer.wrap(bytes), direct)) {
      TensorContainer opened = TensorContainer.open(container);
      ByteBuffer stored = ByteBuffer.allocateDirect(8192);
      int begin = 3;
      stored.position(begin);
      for (TensorContainer.Entry entry : opened.entries()) {
        // When
        float[] parameters = opened.readStored(entry, stored);

        // Then
        int end = begin + entry.rawBytes();
        assertThat(stored.position()).isEqualTo(end);
        assertThat(widened(entry, stored.slice(begin, entry.rawBytes()), parameters))
            .as("%s", entry)
            .containsExactly(opened.read(entry).toArray());
        begin = end;
      }
    }
  }

  @ParameterizedTest
  @MethodSource("encodings")
  void damagedBlocksAreRefused(TensorEncoding encoding) {
    byte[] bytes = new TensorWriter().write(List.of(smooth(new int[] {5, 7, 9})), encoding);
    bytes[bytes.length - 1] ^= 1;
    TensorContainer opened = TensorContainer.open(ByteBuffer.wrap(bytes));

    assertThatThrownBy(
            () -> opened.readStored(opened.entries().get(0), ByteBuffer.allocateDirect(8192)))
        .isInstanceOf(CorruptTensorException.class)
        .hasMessageContaining("checksum");
  }

  private static float[] widened(
      TensorContainer.Entry entry, ByteBuffer stored, float[] parameters) {
    ByteBuffer bytes = stored.order(ByteOrder.LITTLE_ENDIAN);
    float[] numbers = new float[entry.size()];
    int perChannel = parameters.length == 0 ? 0 : numbers.length / (parameters.length / 2);
    for (int i = 0; i < numbers.length; i++) {
      if (entry.encoding().values() == Values.FLOAT16) {
        numbers[i] = Half.decode(bytes.getShort(2 * i));
      } else {
        int channel = i / perChannel;
        float above = (bytes.get(i) & 0xFF) * parameters[2 * channel + 1];
        numbers[i] = parameters[2 * channel] + above;
      }
    }
    return numbers;
  }

  private static Tensor smooth(int[] shape) {
    int size = 1;
    for (int dimension : shape) {
      size *= dimension;
    }
    SplittableRandom random = new SplittableRandom(size);
    FloatBuffer values = FloatBuffer.allocate(size);
    for (int i = 0; i < size; i++) {
      values.put((float) (Math.sin(i * 0.05) + random.nextInt(3) * 0.01));
    }
    return new Tensor("fpn." + shape.length + "." + size, shape, values.flip());
  }
}
