package dev.lectern.schemas.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class Int8Test {
  private static final TensorEncoding PLAIN =
      new TensorEncoding(Values.INT8, Filter.NONE, Compression.NONE);
  private static final TensorEncoding DELTA =
      new TensorEncoding(Values.INT8, Filter.VERTICAL_DELTA, Compression.NONE);

  /** Where the parameters of a container of one tensor of rank 3 and a name of 5 bytes begin. */
  private static final int BLOCK = 0x38;

  private static final int STORED_BYTES = 0x2C;
  private static final int BLOCK_CRC = 0x30;

  /** The example of schemas/README.md. */
  private static final Tensor EXAMPLE =
      Tensor.of("fpn.0", new float[] {-1f, 0f, 0.5f, 1f, 1.5f, 4.1f, 7, 7, 7, 7, 7, 7}, 2, 3, 2);

  @ParameterizedTest
  @CsvSource({"none-none", "delta-none", "delta-zstd"})
  void goldenBytesAreRead(String name) throws IOException {
    byte[] golden = Golden.bytes("int8-" + name);

    float scale = Float.intBitsToFloat(0x3CA3D70A);
    assertThat(TensorContainer.open(ByteBuffer.wrap(golden)).readAll().get(0).toArray())
        .containsExactly(
            -1f,
            -1f + 50 * scale,
            -1f + 75 * scale,
            -1f + 100 * scale,
            -1f + 125 * scale,
            -1f + 255 * scale,
            7,
            7,
            7,
            7,
            7,
            7);
  }

  @Test
  void goldenBytesAreWritten() throws IOException {
    TensorWriter writer = new TensorWriter();

    assertThat(writer.write(List.of(EXAMPLE), PLAIN)).isEqualTo(Golden.bytes("int8-none-none"));
    assertThat(writer.write(List.of(EXAMPLE), DELTA)).isEqualTo(Golden.bytes("int8-delta-none"));
  }

  @Test
  void everyValueComesBackWithinHalfAStepOfItsChannel() {
    for (TensorEncoding encoding : List.of(PLAIN, DELTA, TensorEncoding.INT8)) {
      for (int[] shape : new int[][] {{5, 7, 9}, {300}, {6, 50}, {2, 3, 4, 5}, {3, 70, 90}}) {
        Tensor tensor = random(shape);
        float[] found = read(write(tensor, encoding));
        float[] expected = tensor.toArray();
        int size = expected.length / AffineScale.channels(shape);
        for (int begin = 0; begin < expected.length; begin += size) {
          float min = Float.POSITIVE_INFINITY;
          float max = Float.NEGATIVE_INFINITY;
          for (int i = begin; i < begin + size; i++) {
            min = Math.min(min, expected[i]);
            max = Math.max(max, expected[i]);
          }
          double half = (max - min) / 255.0 / 2 * 1.0001;
          for (int i = begin; i < begin + size; i++) {
            assertThat(Math.abs((double) found[i] - expected[i])).isLessThanOrEqualTo(half);
          }
        }
      }
    }
  }

  @Test
  void halfWayBetweenTwoStepsGoesToTheEvenOne() {
    Tensor tensor = Tensor.of("fpn.0", new float[] {0f, 255f, 0.5f, 1.5f, 2.5f, 3.4f}, 1, 2, 3);

    assertThat(read(write(tensor, PLAIN))).containsExactly(0f, 255f, 0f, 2f, 2f, 3f);
  }

  @Test
  void constantAndNearlyConstantChannelsAreTheirMinimum() {
    float tiny = 0x1p-120f;
    Tensor tensor = Tensor.of("fpn.0", new float[] {3f, 3f, tiny, 2 * tiny, -0f, 0f}, 3, 1, 2);

    assertThat(read(write(tensor, TensorEncoding.INT8)))
        .containsExactly(3f, 3f, tiny, tiny, 0f, 0f);
  }

  @Test
  void theSmallestRangeThatIsNotConstantIsResolved() {
    float range = 0x1p-118f;
    Tensor tensor = Tensor.of("fpn.0", new float[] {0f, range, range / 2, 0f}, 1, 2, 2);

    float[] found = read(write(tensor, TensorEncoding.INT8));

    assertThat(found[1]).isBetween(range * 0.999f, range * 1.001f);
    assertThat(found[2]).isBetween(range * 0.49f, range * 0.51f);
  }

  @Test
  void emptyTensorsComeBack() {
    for (int[] shape : new int[][] {{0, 4, 4}, {4, 0, 4}, {4, 4, 0}, {0}}) {
      assertThat(read(write(Tensor.of("fpn.0", new float[0], shape), TensorEncoding.INT8)))
          .isEmpty();
    }
  }

  @Test
  void directMemoryIsWrittenAndReadLikeArrays() {
    Tensor tensor = random(3, 40, 50);
    FloatBuffer direct =
        ByteBuffer.allocateDirect(6000 * 4).order(ByteOrder.nativeOrder()).asFloatBuffer();
    direct.put(tensor.values().duplicate()).flip();
    for (TensorEncoding encoding :
        List.of(PLAIN, DELTA, TensorEncoding.INT8, TensorEncoding.FLOAT16)) {
      byte[] bytes = new TensorWriter().write(List.of(tensor), encoding);
      assertThat(
              new TensorWriter()
                  .write(List.of(new Tensor("fpn.0", tensor.shape(), direct)), encoding))
          .isEqualTo(bytes);
      ByteBuffer stored = ByteBuffer.allocateDirect(bytes.length).put(bytes).flip();
      assertThat(read(stored.asReadOnlyBuffer())).isEqualTo(read(ByteBuffer.wrap(bytes)));
    }
  }

  @Test
  void everyKindOfMemoryTakesTheSameNumbersAtItsPosition() {
    Tensor tensor = random(3, 13, 11);
    int n = tensor.values().remaining();
    for (TensorEncoding encoding :
        List.of(DELTA, TensorEncoding.INT8, TensorEncoding.FLOAT16, TensorEncoding.FLOAT32)) {
      ByteBuffer bytes = write(tensor, encoding);
      float[] expected = read(bytes);
      for (FloatBuffer target :
          List.of(
              FloatBuffer.allocate(n + 5),
              ByteBuffer.allocateDirect((n + 5) * 4).order(ByteOrder.BIG_ENDIAN).asFloatBuffer(),
              ByteBuffer.allocateDirect((n + 5) * 4)
                  .order(ByteOrder.LITTLE_ENDIAN)
                  .asFloatBuffer())) {
        TensorContainer container = TensorContainer.openVerified(bytes);
        container.readInto(container.find("fpn.0"), target.position(3));

        assertThat(target.position()).isEqualTo(n + 3);
        float[] found = new float[n];
        target.position(3).get(found);
        assertThat(found).isEqualTo(expected);
        assertThat(target.get(2)).isZero();
        assertThat(target.get(n + 3)).isZero();
      }
    }
  }

  @Test
  void readingDoesNotChangeTheStoredBytes() {
    for (TensorEncoding encoding : List.of(PLAIN, DELTA, TensorEncoding.INT8)) {
      byte[] bytes = new TensorWriter().write(List.of(EXAMPLE), encoding);
      byte[] before = bytes.clone();

      read(ByteBuffer.wrap(bytes));

      assertThat(bytes).isEqualTo(before);
    }
  }

  @ParameterizedTest
  @ValueSource(floats = {Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY})
  void whatIsNotANumberIsRefusedWhereverItStands(float value) {
    for (int at = 0; at < 12; at++) {
      float[] values = EXAMPLE.toArray();
      values[at] = value;
      Tensor tensor = Tensor.of("fpn.0", values, 2, 3, 2);

      assertThatThrownBy(() -> write(tensor, TensorEncoding.INT8))
          .isInstanceOf(UnstorableValueException.class)
          .hasMessageContaining("tensor fpn.0 value " + at + ": found " + value);
    }
  }

  @Test
  void aRangeThatFloat32CannotHoldIsRefused() {
    float max = Float.MAX_VALUE;
    for (float[] values : new float[][] {{-max, max}, {-max / 2, max}}) {
      assertThatThrownBy(() -> write(Tensor.of("fpn.0", values, 1, 1, 2), TensorEncoding.INT8))
          .isInstanceOf(UnstorableValueException.class)
          .hasMessageContaining("tensor fpn.0 channel 0: found values from")
          .hasMessageContaining("too far apart for int8");
    }
    float[] found = read(write(Tensor.of("f", new float[] {0, 1e38f}, 1, 2), TensorEncoding.INT8));
    assertThat(found[1]).isBetween(0.9999e38f, 1.0001e38f);
  }

  @Test
  void filtersThatDoNotSuitTheValuesAreRefusedByWriterAndReader() {
    assertThatThrownBy(() -> new TensorEncoding(Values.INT8, Filter.SHUFFLE, Compression.ZSTD))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(
            () -> new TensorEncoding(Values.FLOAT16, Filter.VERTICAL_DELTA, Compression.ZSTD))
        .isInstanceOf(IllegalArgumentException.class);
    ByteBuffer bytes = write(EXAMPLE, DELTA);
    bytes.put(0x15, (byte) 1);

    assertThatThrownBy(() -> read(signed(bytes)))
        .isInstanceOf(CorruptTensorException.class)
        .hasMessage("tensor container: tensor fpn.0: found SHUFFLE of INT8");
  }

  @ParameterizedTest
  @CsvSource({"NaN,1", "Infinity,1", "0,NaN", "0,-1", "0,Infinity", "3e38,1e37"})
  void parametersThatGiveNoFiniteNumbersAreRefused(float min, float scale) {
    ByteBuffer bytes = write(EXAMPLE, DELTA);
    bytes.putFloat(BLOCK + 8, min).putFloat(BLOCK + 12, scale);

    assertThatThrownBy(() -> read(signed(bytes)))
        .isInstanceOf(CorruptTensorException.class)
        .hasMessageStartingWith("tensor container: tensor fpn.0 channel 1: found minimum ");
  }

  @Test
  void sizesOfParametersThatDisagreeAreRefused() {
    for (int claimed : new int[] {0, 8, 24, -16, Integer.MAX_VALUE}) {
      ByteBuffer bytes = write(EXAMPLE, TensorEncoding.INT8);
      bytes.putInt(0x24, claimed);
      assertThatThrownBy(() -> read(signed(bytes)))
          .isInstanceOf(CorruptTensorException.class)
          .hasMessageContaining("parameter bytes, expected 16");
    }
  }

  @Test
  void aShapeThatAsksForMoreParametersThanThereAreBytesIsRefused() {
    ByteBuffer bytes = write(Tensor.of("fpn.0", new float[0], 1, 0, 2), TensorEncoding.INT8);
    bytes.putInt(0x18, 1 << 26).putInt(0x24, 1 << 29);

    assertThatThrownBy(() -> TensorContainer.open(signed(bytes)))
        .isInstanceOf(CorruptTensorException.class)
        .hasMessageContaining("stored bytes for 0 value bytes");
  }

  @Test
  void stepsBecomeTheSameNumbersInChunksAndOneByOne() {
    // Given channels longer and shorter than a chunk, every step, scales of all sizes
    SplittableRandom random = new SplittableRandom(3);
    for (int size : new int[] {1, 7, 255, 2048, 2049, 5000}) {
      int channels = 9;
      ByteBuffer steps = ByteBuffer.allocateDirect(channels * size);
      float[] scales = new float[2 * channels];
      for (int c = 0; c < channels; c++) {
        scales[2 * c] = (float) random.nextGaussian() * (c % 3 == 0 ? 1e-6f : 100);
        scales[2 * c + 1] = c == 4 ? 0 : Math.abs((float) random.nextGaussian());
      }
      for (int i = 0; i < steps.capacity(); i++) {
        steps.put(i, (byte) (i * 7));
      }

      // When
      FloatBuffer oneByOne = floats(steps.capacity());
      FloatBuffer inChunks = floats(steps.capacity());
      new ValueDecoder(false).int8(steps, size, scales, oneByOne);
      new ValueDecoder(true).int8(steps, size, scales, inChunks);

      // Then
      for (int i = 0; i < steps.capacity(); i++) {
        int c = i / size;
        float expected = scales[2 * c] + (steps.get(i) & 0xFF) * scales[2 * c + 1];
        if (oneByOne.get(i) != expected || inChunks.get(i) != expected) {
          assertThat(List.of(oneByOne.get(i), inChunks.get(i)))
              .as("step %s of channel %s", steps.get(i) & 0xFF, c)
              .containsOnly(expected);
        }
      }
    }
  }

  @Test
  void theDeltaIsTakenByteByByteWhateverTheRow() {
    // Given every pair of bytes somewhere, rows that are not a multiple of eight, sizes too
    SplittableRandom random = new SplittableRandom(23);
    byte[] bytes = new byte[70_001];
    random.nextBytes(bytes);
    for (int row : new int[] {1, 2, 3, 7, 8, 13, 26, 52, 80_000}) {
      for (int length : new int[] {0, 1, 7, 8, 9, 15, 70_001}) {
        // When
        byte[] filtered = new byte[length + 5];
        VerticalDelta.apply(bytes, length, row, filtered, 5);
        ByteBuffer back = ByteBuffer.allocateDirect(length).put(0, filtered, 5, length);
        VerticalDelta.undo(back, length, row);

        // Then
        for (int i = 0; i < length; i++) {
          byte above = i < row ? 0 : bytes[i - row];
          if (filtered[5 + i] != (byte) (bytes[i] - above) || back.get(i) != bytes[i]) {
            assertThat(List.of(filtered[5 + i], back.get(i)))
                .as("byte %s of %s, row %s", i, length, row)
                .containsExactly((byte) (bytes[i] - above), bytes[i]);
          }
        }
      }
    }
  }

  @Test
  void plainTensorsHoldTheSameStepsWhetherTheyWereMeantToBeOrDidNotCompress() {
    // Given noise, which no filter makes an eighth smaller
    SplittableRandom random = new SplittableRandom(17);
    float[] values = new float[3 * 40 * 40];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) random.nextDouble();
    }
    Tensor noise = Tensor.of("fpn.0", values, 3, 40, 40);

    for (TensorEncoding encoding :
        List.of(
            TensorEncoding.INT8,
            new TensorEncoding(Values.INT8, Filter.NONE, Compression.ZSTD),
            TensorEncoding.FIXED24,
            new TensorEncoding(Values.FLOAT16, Filter.NONE, Compression.ZSTD),
            TensorEncoding.FLOAT32)) {
      // When
      byte[] found = new TensorWriter().write(List.of(noise), encoding);
      byte[] plain = new TensorWriter().write(List.of(noise), encoding.plain());

      // Then
      boolean compressed =
          TensorContainer.open(ByteBuffer.wrap(found)).entries().get(0).encoding().compression()
              == Compression.ZSTD;
      if (encoding.values() == Values.INT8) {
        assertThat(compressed).isFalse();
      }
      if (!compressed) {
        assertThat(found).as("%s", encoding).isEqualTo(plain);
      }
    }
  }

  @Test
  void framesThatDoNotFitAreRefusedAndTheNextReadIsSound() {
    byte[] whole = new TensorWriter().write(List.of(random(4, 20, 20)), TensorEncoding.INT8);
    SplittableRandom random = new SplittableRandom(5);
    int frame = BLOCK + 4 * 8;
    for (int i = 0; i < 2_000; i++) {
      ByteBuffer bytes = ByteBuffer.wrap(whole.clone()).order(ByteOrder.LITTLE_ENDIAN);
      bytes.put(frame + random.nextInt(whole.length - frame), (byte) random.nextInt());
      Throwable thrown = catchThrowable(() -> read(signed(bytes)));
      assertThat(thrown == null || thrown instanceof CorruptTensorException)
          .as("%s", thrown)
          .isTrue();
    }
    assertThat(read(ByteBuffer.wrap(whole))).hasSize(1600);
  }

  /** Brings the checksums of a container of one tensor up to date. */
  private static ByteBuffer signed(ByteBuffer bytes) {
    byte[] array = bytes.array();
    bytes.putInt(BLOCK_CRC, TensorWriter.crc(array, BLOCK, bytes.getInt(STORED_BYTES)));
    return bytes.putInt(BLOCK - 4, TensorWriter.crc(array, 0, BLOCK - 4));
  }

  private static ByteBuffer write(Tensor tensor, TensorEncoding encoding) {
    return ByteBuffer.wrap(new TensorWriter().write(List.of(tensor), encoding))
        .order(ByteOrder.LITTLE_ENDIAN);
  }

  private static float[] read(ByteBuffer bytes) {
    return TensorContainer.open(bytes).readAll().get(0).toArray();
  }

  private static Tensor random(int... shape) {
    SplittableRandom random = new SplittableRandom(11);
    float[] values = new float[(int) Tensor.size(shape)];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) (random.nextDouble() * 20 - 8) * (1 + i % 3);
    }
    return Tensor.of("fpn.0", values, shape);
  }

  private static FloatBuffer floats(int n) {
    return ByteBuffer.allocateDirect(n * Float.BYTES)
        .order(ByteOrder.nativeOrder())
        .asFloatBuffer();
  }
}
