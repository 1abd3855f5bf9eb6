package dev.lectern.schemas.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class HalfTest {
  private static final int ALL = 1 << 16;
  private static final TensorEncoding PLAIN =
      new TensorEncoding(Values.FLOAT16, Filter.NONE, Compression.NONE);
  private static final TensorEncoding SHUFFLED =
      new TensorEncoding(Values.FLOAT16, Filter.SHUFFLE, Compression.NONE);

  @Test
  void everyFiniteHalfSurvivesTheRoundTrip() {
    for (int bits = 0; bits < ALL; bits++) {
      float value = Half.decode((short) bits);
      if (Float.isFinite(value)) {
        assertThat(Half.encode(value)).as("bits %04x", bits).isEqualTo((short) bits);
      }
    }
  }

  @Test
  void everyHalfDecodesToTheSameNumberInEveryWay() {
    // Given every half, infinities and all NaNs too; a whole number of quads, and not
    for (int left : new int[] {0, 1, 2, 3}) {
      int n = ALL - left;
      ByteBuffer plain = ByteBuffer.allocateDirect(2 * n).order(ByteOrder.LITTLE_ENDIAN);
      ByteBuffer shuffled = ByteBuffer.allocateDirect(2 * n);
      for (int i = 0; i < n; i++) {
        int bits = ALL - 1 - i;
        plain.putShort(2 * i, (short) bits);
        shuffled.put(i, (byte) bits).put(n + i, (byte) (bits >>> 8));
      }

      // When
      for (boolean inChunks : new boolean[] {false, true}) {
        ValueDecoder decoder = new ValueDecoder(inChunks);
        FloatBuffer ofPlain = floats(n);
        FloatBuffer ofShuffled = floats(n);
        ByteBuffer unshuffled = ByteBuffer.allocateDirect(2 * n);
        decoder.float16(plain, n, Filter.NONE, ofPlain);
        decoder.float16(shuffled, n, Filter.SHUFFLE, ofShuffled);
        decoder.unshuffle16(shuffled, n, unshuffled);

        // Then
        assertThat(unshuffled).isEqualTo(plain);
        for (int i = 0; i < n; i++) {
          int half = ALL - 1 - i;
          int expected = float32Bits(half);
          if (Float.floatToIntBits(Half.decode((short) half)) != expected
              || Float.floatToIntBits(Half.lookUp((short) half)) != expected
              || Float.floatToIntBits(ofPlain.get(i)) != expected
              || Float.floatToIntBits(ofShuffled.get(i)) != expected) {
            assertThat(
                    List.of(
                        Half.decode((short) half),
                        Half.lookUp((short) half),
                        ofPlain.get(i),
                        ofShuffled.get(i)))
                .as("half %04x, in chunks %s", half, inChunks)
                .allMatch(value -> Float.floatToIntBits(value) == expected);
          }
        }
      }
    }
  }

  /** By the definition of the format; one NaN for all. */
  private static int float32Bits(int half) {
    int sign = (half & 0x8000) << 16;
    int exponent = (half >>> 10) & 0x1F;
    int fraction = half & 0x3FF;
    if (exponent == 31) {
      return fraction == 0 ? sign | 0x7F800000 : 0x7FC00000;
    }
    double magnitude =
        exponent == 0
            ? Math.scalb((double) fraction, -24)
            : Math.scalb(1024.0 + fraction, exponent - 25);
    return sign | Float.floatToRawIntBits((float) magnitude);
  }

  @Test
  void knownNumbersHaveTheirStandardBits() {
    assertThat(Half.encode(1f)).isEqualTo((short) 0x3C00);
    assertThat(Half.encode(-2f)).isEqualTo((short) 0xC000);
    assertThat(Half.encode(65504f)).isEqualTo((short) 0x7BFF);
    assertThat(Half.encode(0x1p-24f)).isEqualTo((short) 0x0001);
    assertThat(Half.encode(-0f)).isEqualTo((short) 0x8000);
    assertThat(Half.decode((short) 0x3555)).isEqualTo(0x1.554p-2f);
  }

  @Test
  void numbersBetweenTwoHalvesGoToTheNearestAndTiesToEven() {
    // Given between any two halves, of both signs: the tie, its neighbours, and a number anywhere
    SplittableRandom random = new SplittableRandom(1);
    int each = 8;
    int halves = 0x7C00;
    float[] values = new float[halves * each];
    short[] expected = new short[values.length];
    for (int lower = 0; lower < halves; lower++) {
      float a = Half.decode((short) lower);
      float b = lower == 0x7BFF ? 65536f : Half.decode((short) (lower + 1));
      float tie = a + (b - a) / 2; // exact
      float any = a + (b - a) * (float) random.nextDouble();
      if (lower == 0x7BFF) {
        tie = Math.nextDown(Math.nextDown(Half.OVERFLOW)); // the tie would overflow
        any = a;
      }
      float[] chosen = {Math.nextDown(tie), tie, Math.nextUp(tie), any};
      for (int i = 0; i < each; i++) {
        float value = chosen[i % 4];
        int nearest =
            value - a < b - value || (value - a == b - value && lower % 2 == 0) ? lower : lower + 1;
        values[lower * each + i] = i < 4 ? value : -value;
        expected[lower * each + i] = (short) (i < 4 ? nearest : nearest | 0x8000);
      }
    }

    // When
    short[] encoded = new short[values.length];
    Half.encode(values, values.length, encoded);
    ByteBuffer stored = values(values, PLAIN);

    // Then
    for (int i = 0; i < values.length; i++) {
      if (Half.encode(values[i]) != expected[i]
          || encoded[i] != expected[i]
          || stored.getShort(2 * i) != expected[i]) {
        assertThat(List.of(Half.encode(values[i]), encoded[i], stored.getShort(2 * i)))
            .as("%s", values[i])
            .containsOnly(expected[i]);
      }
    }
  }

  @Test
  void overflowBeginsWhereRoundingReachesInfinity() {
    assertThat(Half.encode(Math.nextDown(Half.OVERFLOW))).isEqualTo((short) 0x7BFF);
    for (float beyond : new float[] {Half.OVERFLOW, 65536f, 1e9f, Float.MAX_VALUE}) {
      assertThat(Half.decode(Half.encode(beyond))).isInfinite().isPositive();
      assertThat(Half.decode(Half.encode(-beyond))).isInfinite().isNegative();
    }
  }

  @Test
  void whatHalvesCannotHoldIsRefusedWhereverItStands() {
    float[] bad = {
      Half.OVERFLOW,
      -Half.OVERFLOW,
      65536f,
      -1e30f,
      Float.POSITIVE_INFINITY,
      Float.NEGATIVE_INFINITY,
      Float.NaN,
      Float.intBitsToFloat(0x7F800001),
      Float.intBitsToFloat(0xFFFFFFFF)
    };
    TensorWriter writer = new TensorWriter();
    for (int n : new int[] {1, 2, 3, 4, 5, 2047, 2048, 2049, 4099}) {
      for (float value : bad) {
        float[] values = new float[n];
        values[n - 1] = value;
        Tensor tensor = Tensor.of("cls.0", values, n);
        assertThatThrownBy(() -> writer.write(List.of(tensor), SHUFFLED))
            .isInstanceOf(UnstorableValueException.class)
            .hasMessageContaining("tensor cls.0 value " + (n - 1) + ": found " + value);
      }
      // The next tensor has nothing of it.
      for (TensorEncoding encoding : List.of(PLAIN, SHUFFLED)) {
        byte[] bytes = writer.write(List.of(Tensor.of("cls.0", new float[n], n)), encoding);
        assertThat(TensorContainer.open(ByteBuffer.wrap(bytes)).readAll().get(0).toArray())
            .containsOnly(0f);
      }
    }
  }

  @Test
  void sizesThatAreNoWholeChunksKeepEveryNumber() {
    for (int n : new int[] {1, 2, 3, 4, 5, 6, 7, 9, 2045, 2047, 2048, 2049, 2051, 4096, 4103}) {
      float[] values = new float[n];
      for (int i = 0; i < n; i++) {
        values[i] = (i % 1000 - 500) / 16f;
      }
      for (TensorEncoding encoding : List.of(PLAIN, SHUFFLED, TensorEncoding.FLOAT16)) {
        byte[] bytes = new TensorWriter().write(List.of(Tensor.of("cls.0", values, n)), encoding);
        assertThat(TensorContainer.open(ByteBuffer.wrap(bytes)).readAll().get(0).toArray())
            .as("%s of %s", n, encoding)
            .containsExactly(values);
      }
    }
  }

  /** The stored values of one tensor. */
  private static ByteBuffer values(float[] values, TensorEncoding encoding) {
    byte[] bytes =
        new TensorWriter().write(List.of(Tensor.of("cls.0", values, values.length)), encoding);
    TensorContainer.Entry entry = TensorContainer.open(ByteBuffer.wrap(bytes)).entries().get(0);
    return ByteBuffer.wrap(bytes, entry.offset(), entry.storedBytes())
        .slice()
        .order(ByteOrder.LITTLE_ENDIAN);
  }

  private static FloatBuffer floats(int n) {
    return ByteBuffer.allocateDirect(n * Float.BYTES)
        .order(ByteOrder.nativeOrder())
        .asFloatBuffer();
  }
}
