package dev.lectern.watch;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lectern.schemas.record.DeadLetter;
import org.junit.jupiter.api.Test;

class DeadLetterCausesTest {
  private final DeadLetterCauses causes = new DeadLetterCauses();

  @Test
  void lettersThatDifferInViewAndNumbersHaveOneCause() {
    causes.add(letter("a#0", "view a#0: tensor dist.0 value 3: found Infinity", 1000));
    causes.add(letter("b#1", "view b#1: tensor dist.0 value 77: found Infinity", 3000));
    causes.add(letter("c#0", "view c#0: pixels do not match their SHA-256", 2000));

    assertThat(causes.top(5))
        .containsExactly(
            new RecordingView.Cause(
                "tensor dist.0 value 3: found Infinity", 2, "a#0", "1970-01-01T00:00:03Z"),
            new RecordingView.Cause(
                "pixels do not match their SHA-256", 1, "c#0", "1970-01-01T00:00:02Z"));
    assertThat(causes.top(1)).hasSize(1);
  }

  @Test
  void recordsThatCouldNotBeReadAreNamedByPlace() {
    causes.add(letter(null, "d.views-1@5: found 3 bytes that are not a View", 0));
    causes.add(letter(null, "d.views-0@9: found 8 bytes that are not a View", 0));

    assertThat(causes.top(5))
        .singleElement()
        .extracting(
            RecordingView.Cause::cause, RecordingView.Cause::count, RecordingView.Cause::example)
        .containsExactly("found 3 bytes that are not a View", 2L, "d.views-1@5");
  }

  private static DeadLetter letter(String viewId, String cause, long at) {
    return new DeadLetter(viewId, "d.views", 1, 5L, cause, "", 1, "w", at);
  }
}
