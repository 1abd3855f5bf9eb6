package dev.lectern.schemas.config;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.NullAndEmptySource;
import org.junit.jupiter.params.provider.ValueSource;

class WholeNumberTest {
  @ParameterizedTest
  @ValueSource(
      strings = {"7", "7.0", "7.", "+7", "07", "7e0", "70E-1", "0.7e+01", " 7 ", "7.000000e+00"})
  void aWholeNumberIsReadInAnyNotation(String text) {
    assertThat(WholeNumber.of(text)).isEqualTo(7);
  }

  @ParameterizedTest
  @NullAndEmptySource
  @ValueSource(
      strings = {"7.5", "seven", "NaN", "Infinity", "7,0", "1e999999999", "1e-999999999", "0x7"})
  void anythingElseIsNone(String text) {
    assertThat(WholeNumber.of(text)).isNull();
  }

  @Test
  void sixtyFourBitsAreKeptExactly() {
    assertThat(WholeNumber.of("9007199254740993")).isEqualTo(9007199254740993L);
    assertThat(WholeNumber.of("9223372036854775808")).isNull();
    assertThat(WholeNumber.of("1".repeat(1_000_000))).isNull();
    assertThat(WholeNumber.of("-0.0")).isZero();
  }
}
