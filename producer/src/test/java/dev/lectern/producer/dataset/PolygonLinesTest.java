package dev.lectern.producer.dataset;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lectern.schemas.config.UserMistakeException;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

class PolygonLinesTest {
  private final PolygonLines lines = new PolygonLines();

  @Test
  void pointsInABoxWithTheirVisibilityAreKeyPoints() {
    count("0.5 0.5 0.4 0.4 0.4 0.4 2 0.6 0.6 1 0 0 0 0.65 0.5 2");

    assertThatThrownBy(() -> lines.check(Path.of("labels")))
        .isInstanceOf(UserMistakeException.class)
        .hasMessage(
            "label folder labels: found a box and 4 key points in 1 of 1 lines of 17 columns, the"
                + " first: a.txt line 1; expected boxes or polygons, leave out what follows the"
                + " box");
  }

  @Test
  void pointsInABoxAreKeyPointsWhereEveryLineHasThem() {
    count("0.5 0.5 0.4 0.4 0.4 0.4 0.6 0.6");
    count("0.2 0.3 0.2 0.2 0.15 0.25 0.25 0.38");
    assertThatCode(() -> lines.check(Path.of("labels"))).doesNotThrowAnyException();

    count("0.8 0.6 0.1 0.3 0.8 0.7 0.78 0.5");

    assertThatThrownBy(() -> lines.check(Path.of("labels")))
        .hasMessageContaining("a box and 2 key points in 3 of 3 lines of 9 columns");
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

  @Test
  void aKeyPointOutsideItsBoxHidesNoPose() {
    for (int i = 0; i < 9; i++) {
      count("0.5 0.5 0.3 0.4 0.56 0.57 0.43 0.33 0.64 0.62 0.51 0.52");
    }
    count("0.5 0.5 0.3 0.4 0.90 0.57 0.43 0.33 0.64 0.62 0.51 0.52");

    assertThatThrownBy(() -> lines.check(Path.of("labels")))
        .hasMessageContaining("a box and 4 key points in 9 of 10 lines of 13 columns");
  }

  @Test
  void visibilityMayBeAConfidence() {
    count("0.5 0.5 0.3 0.4 0.38 0.66 0.701 0.41 0.54 0.882 0.36 0.31 0.486 0.57 0.36 0.816");

    assertThatThrownBy(() -> lines.check(Path.of("labels")))
        .hasMessageContaining("a box and 4 key points");
  }

  /** Read as points of three numbers, their corners would lie in a box around the first. */
  @Test
  void closedRectanglesInTheMiddleOfTheImageAreNone() {
    for (int i = 0; i < 10; i++) {
      double d = i / 100.0;
      double[] v = {0.4, 0.4 + d, 0.6, 0.4 + d, 0.6, 0.5 + d, 0.4, 0.5 + d, 0.4, 0.4 + d};
      lines.count(v, "a.txt line 1");
    }

    assertThatCode(() -> lines.check(Path.of("labels"))).doesNotThrowAnyException();
  }

  /** What is written for the track of number 1, whose triangle lies in the image. */
  @Test
  void tracksAreNoTriangles() {
    count("0.3 0.3 0.2 0.2 0.91 1");
    count("0.4 0.3 0.2 0.2 0.88 1");
    assertThatCode(() -> lines.check(Path.of("labels"))).doesNotThrowAnyException();

    count("0.6 0.6 0.2 0.2 0.90 2");

    assertThatThrownBy(() -> lines.check(Path.of("labels")))
        .hasMessageContaining(
            "found a box, a confidence and the number of a track in 3 of 3 lines of 7 columns");
  }

  @Test
  void trianglesAreNoTracks() {
    count("0.5 0.4 1 1 0 1"); // from the middle to both corners below
    count("0.5 0.45 0.98 1 0.02 1");
    count("0.5 0.5 0.6 0.8 0.4 0.8");

    assertThatCode(() -> lines.check(Path.of("labels"))).doesNotThrowAnyException();
  }

  private void count(String numbers) {
    lines.count(
        Arrays.stream(numbers.split(" ")).mapToDouble(Double::parseDouble).toArray(),
        "a.txt line 1");
  }
}
