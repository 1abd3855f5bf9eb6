package dev.lectern.teacher.ledger;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class LooksTest {
  private static final Duration TICK = Duration.ofMillis(500);

  private final AtomicLong clock = new AtomicLong();
  private final Looks looks = new Looks(clock::get);

  @Test
  void theSameCountsAreLookedAtMoreAndMoreRarely() {
    // When: ten minutes of two questions a second
    int asked = 0;
    for (int tick = 0; tick < 1200; tick++) {
      asked += ask(givenUp(6)) ? 1 : 0;
    }

    // Then: after 0, 0.5, 1.5, 3.5, 7.5 and 15.5 seconds, then every 15
    assertThat(asked).isEqualTo(6 + 38);
  }

  @Test
  void otherCountsAreLookedAtAtOnce() {
    assertThat(ask(givenUp(6))).isTrue();
    for (int tick = 0; tick < 100; tick++) {
      ask(givenUp(6));
    }
    assertThat(ask(givenUp(5))).isTrue();
    assertThat(ask(givenUp(5))).isTrue();
    assertThat(ask(givenUp(5))).isFalse();
  }

  @Test
  void whatTheCountsDoNotSayWaitsForLongest() {
    assertThat(looks.isOverdue()).isFalse();
    clock.addAndGet(Duration.ofSeconds(15).toNanos());
    assertThat(looks.isOverdue()).isTrue();
    looks.looked(givenUp(1));
    assertThat(looks.isOverdue()).isFalse();
  }

  private boolean ask(LedgerCounts now) {
    boolean due = looks.isDue(now);
    if (due) {
      looks.looked(now);
    }
    clock.addAndGet(TICK.toNanos());
    return due;
  }

  private static LedgerCounts givenUp(long views) {
    return new LedgerCounts(6, 6 - views, views, 0, 0, new TreeMap<>());
  }
}
