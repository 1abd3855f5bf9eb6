package dev.lectern.producer.dataset;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lectern.schemas.config.UserMistakeException;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

class KeyPointLinesTest {
  private final KeyPointLines lines = new KeyPointLines();

  @Test
  void pointsInABoxWithTheirVisibilityAreKeyPoints() {
    count("0.5 0.5 0.4 0.4 0.4 0.4 2 0.6 0.6 1 0 0 0 0.65 0.5 2");

    assertThatThrownBy(() -> lines.check(Path.of("labels")))
        .isInstanceOf(UserMistakeException.class)
        .hasMessage(
            "label folder labels: found a box and 4 key points in each of 1 lines of 17 columns,"
                + " the first: a.txt line 1; expected boxes or polygons, leave out the key points");
  }

  @Test
  void pointsInABoxAreKeyPointsWhereEveryLineHasThem() {
    count("0.5 0.5 0.4 0.4 0.4 0.4 0.6 0.6");
    count("0.2 0.3 0.2 0.2 0.15 0.25 0.25 0.38");
    assertThatCode(() -> lines.check(Path.of("labels"))).doesNotThrowAnyException();

    count("0.8 0.6 0.1 0.3 0.8 0.7 0.78 0.5");

    assertThatThrownBy(() -> lines.check(Path.of("labels")))
        .hasMessageContaining("a box and 2 key points in each of 3 lines of 9 columns");
  }

  @Test
  void polygonsAndTurnedBoxesAreNone() {
    count("0.45 0.45 0.55 0.45 0.55 0.55 0.45 0.55"); // a small square in the middle: may be either
    count("0.1 0.1 0.4 0.1 0.4 0.5 0.1 0.5"); // 0.4 lies beyond 0.1 + 0.4 / 2
    count("0.8 0.1 0.9 0.2 0.8 0.3 0.7 0.2");

    assertThatCode(() -> lines.check(Path.of("labels"))).doesNotThrowAnyException();
  }

  private void count(String numbers) {
    lines.count(
        Arrays.stream(numbers.split(" ")).mapToDouble(Double::parseDouble).toArray(),
        "a.txt line 1");
  }
}
