package dev.lectern.watch;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FiguresTest {
  @ParameterizedTest
  @CsvSource({
    "0.4, 0 s",
    "59, 59 s",
    "200, 3 min 20 s",
    "600, 10 min",
    "7500, 2 h 5 min",
    "7200, 2 h",
    "180000, 2 d 2 h",
    "Infinity, unknown"
  })
  void durationsHaveTwoUnits(double seconds, String text) {
    assertThat(Figures.duration(seconds)).isEqualTo(text);
  }

  @ParameterizedTest
  @CsvSource({"0, 0 B", "999, 999 B", "1500, 1.5 kB", "999960, 1.0 MB", "2.5e12, 2.5 TB"})
  void bytesHaveOneDecimal(double bytes, String text) {
    assertThat(Figures.bytes(bytes)).isEqualTo(text);
  }

  @ParameterizedTest
  @CsvSource({"0.123, 0.12", "12.34, 12.3", "1234.5, 1235"})
  void ratesHaveThreeDigits(double rate, String text) {
    assertThat(Figures.rate(rate)).isEqualTo(text);
  }
}
