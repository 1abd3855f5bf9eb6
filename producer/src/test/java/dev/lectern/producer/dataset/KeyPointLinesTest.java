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

  @Test
  void smallTurnedBoxesAllOverTheImageAreNone() {
    count("0.50 0.50 0.55 0.52 0.53 0.57 0.48 0.55");
    count("0.30 0.20 0.33 0.22 0.31 0.25 0.28 0.23");
    count("0.80 0.70 0.84 0.72 0.82 0.76 0.78 0.74");
    count("0.60 0.30 0.63 0.33 0.60 0.36 0.57 0.33");

    assertThatCode(() -> lines.check(Path.of("labels"))).doesNotThrowAnyException();
  }

  private void count(String numbers) {
    lines.count(
        Arrays.stream(numbers.split(" ")).mapToDouble(Double::parseDouble).toArray(),
        "a.txt line 1");
  }
}
