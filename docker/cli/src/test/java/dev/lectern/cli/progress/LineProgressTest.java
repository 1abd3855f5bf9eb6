package dev.lectern.cli.progress;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lectern.schemas.progress.Progress;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LineProgressTest {
  private final ByteArrayOutputStream written = new ByteArrayOutputStream();
  private final AtomicLong now = new AtomicLong();

  @Test
  void aLineAppearsEveryFewSecondsAndAtTheEnd() {
    Progress progress = start(10);
    tick(progress, 2, 1);
    tick(progress, 2, 4);
    tick(progress, 1, 1);
    progress.note("1 problem");
    tick(progress, 5, 4);
    progress.close();
    progress.close();

    // 4 views in 5 s, then all 10 in 10 s.
    assertThat(lines())
        .containsExactly(
            "publish mini: 4/10 views (40 %), 1.3 s/view, 0:08 left",
            "publish mini: 10/10 views (100 %), 1.0 views/s, 1 problem",
            "publish mini: 10/10 views (100 %), 1.0 views/s, took 0:10, 1 problem");
  }

  @Test
  void whatAnEarlierRunDidCountsForNoRate() {
    Progress progress = start(10);
    progress.skip(4);
    tick(progress, 3, 6);
    progress.close();

    // 3 views in 6 s, and 3 are left
    assertThat(lines())
        .containsExactly(
            "publish mini: 7/10 views (70 %), 2.0 s/view, 0:06 left",
            "publish mini: 7/10 views (70 %), 2.0 s/view, took 0:06");
  }

  @Test
  void anUnknownTotalShowsNeitherPercentNorRemainingTime() {
    Progress progress = start(-1);
    tick(progress, 4, 8);

    assertThat(lines()).containsExactly("publish mini: 4 views, 2.0 s/view");
  }

  @ParameterizedTest
  @CsvSource({
    "0, 5, views, 0.0 views/s",
    "0, 0, views, 0.0 views/s",
    "10, 10, views, 1.0 views/s",
    "25, 10, views, 2.5 views/s",
    "4, 10, steps, 2.5 s/step",
    "1, 90, losses, 90.0 s/loss"
  })
  void aRateIsPerSecondOrInSecondsEach(long done, double seconds, String unit, String text) {
    assertThat(Rate.of(done, seconds, unit)).isEqualTo(text);
  }

  private Progress start(long total) {
    PrintStream out = new PrintStream(written, true, StandardCharsets.UTF_8);
    return new LineProgress(out, "publish mini", "views", total, Duration.ofSeconds(5), now::get);
  }

  private void tick(Progress progress, long steps, long seconds) {
    now.addAndGet(seconds * 1_000_000_000L);
    progress.advance(steps);
  }

  private String[] lines() {
    return written.toString(StandardCharsets.UTF_8).split("\\R");
  }
}
