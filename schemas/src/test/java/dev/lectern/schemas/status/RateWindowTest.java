package dev.lectern.schemas.status;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class RateWindowTest {
  private static final long SECOND = 1_000_000_000L;

  private final RateWindow window = new RateWindow(Duration.ofSeconds(10));

  @Test
  void oneSampleHasNoRate() {
    window.add(5 * SECOND, 100);

    assertThat(window.millis()).isZero();
    assertThat(window.perSecond(0)).isZero();
  }

  @Test
  void theRateIsThatOfTheRecentPast() {
    // 100 a second for ten seconds, then 2 a second
    window.add(0, 0, 7);
    window.add(10 * SECOND, 1000, 7);
    window.add(15 * SECOND, 1010, 7);
    window.add(20 * SECOND, 1020, 7);

    assertThat(window.millis()).isEqualTo(10_000);
    assertThat(window.perSecond(0)).isEqualTo(2);
    assertThat(window.growth(0)).isEqualTo(20);
    assertThat(window.growth(1)).isZero();
  }

  @Test
  void aLateSampleStillHasOneToCompareWith() {
    window.add(0, 0);
    window.add(60 * SECOND, 120);

    assertThat(window.perSecond(0)).isCloseTo(2, within(1e-9));
  }
}
