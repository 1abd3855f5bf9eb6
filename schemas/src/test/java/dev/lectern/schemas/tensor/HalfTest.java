package dev.lectern.schemas.tensor;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class HalfTest {
  @Test
  void everyFiniteHalfSurvivesTheRoundTrip() {
    for (int bits = 0; bits < 1 << 16; bits++) {
      float value = Half.decode((short) bits);
      if (Float.isFinite(value)) {
        assertThat(Half.encode(value)).as("bits %04x", bits).isEqualTo((short) bits);
      }
    }
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
    SplittableRandom random = new SplittableRandom(1);
    for (int i = 0; i < 200_000; i++) {
      int lower = random.nextInt(0x7BFF);
      float a = Half.decode((short) lower);
      float b = Half.decode((short) (lower + 1));
      float value = a + (b - a) * (float) random.nextDouble();
      int expected =
          value - a < b - value || (value - a == b - value && lower % 2 == 0) ? lower : lower + 1;
      assertThat(Half.encode(value))
          .as("%s between %s and %s", value, a, b)
          .isEqualTo((short) expected);
    }
  }

  @Test
  void overflowBeginsWhereRoundingReachesInfinity() {
    assertThat(Half.encode(Math.nextDown(Half.OVERFLOW))).isEqualTo((short) 0x7BFF);
    assertThat(Half.decode(Half.encode(Half.OVERFLOW))).isInfinite();
    assertThat(Half.decode(Half.encode(-Half.OVERFLOW))).isInfinite();
  }
}
