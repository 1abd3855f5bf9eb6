package dev.lectern.schemas.random;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class SplitMix64Test {
  @Test
  void theSequenceIsThePublishedOne() {
    // Given the seed of the widely used test vector
    SplitMix64 random = new SplitMix64(1234567);

    // Then
    assertThat(Long.toUnsignedString(random.nextLong())).isEqualTo("6457827717110365317");
    assertThat(Long.toUnsignedString(random.nextLong())).isEqualTo("3203168211198807973");
    assertThat(Long.toUnsignedString(random.nextLong())).isEqualTo("9817491932198370423");
    assertThat(Long.toUnsignedString(random.nextLong())).isEqualTo("4593380528125082431");
    assertThat(Long.toUnsignedString(random.nextLong())).isEqualTo("16408922859458223821");
  }

  @Test
  void boundedNumbersStayInBoundsAndReachBothEnds() {
    // Given
    SplitMix64 random = SplitMix64.of(3, 4);
    int[] seen = new int[5];

    // When
    for (int i = 0; i < 5000; i++) {
      seen[random.nextInt(5)]++;
    }

    // Then each of five values comes about a thousand times
    for (int count : seen) {
      assertThat(count).isBetween(850, 1150);
    }
  }
}
