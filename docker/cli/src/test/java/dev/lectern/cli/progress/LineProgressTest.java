package dev.lectern.cli.progress;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lectern.schemas.progress.Progress;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

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
            "publish mini: 4/10 views (40 %), 0.8 views/s, 0:08 left",
            "publish mini: 10/10 views (100 %), 1.0 views/s, 1 problem",
            "publish mini: 10/10 views (100 %), 1.0 views/s, took 0:10, 1 problem");
  }

  @Test
  void anUnknownTotalShowsNeitherPercentNorRemainingTime() {
    Progress progress = start(-1);
    tick(progress, 4, 8);

    assertThat(lines()).containsExactly("publish mini: 4 views, 0.5 views/s");
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
