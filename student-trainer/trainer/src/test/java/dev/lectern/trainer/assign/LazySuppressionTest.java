package dev.lectern.trainer.assign;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lectern.detector.box.NonMaximumSuppression;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LazySuppressionTest {
  @ParameterizedTest
  @CsvSource({"0, 10, 20", "5, 10, 20", "2000, 10, 500", "2000, 10, 3", "300, 500, 40"})
  void whatIsKeptIsWhatAllBoxesWouldGive(int count, int limit, int spread) {
    // Given scores with ties, and boxes that overlap the more the less they are spread
    Random random = new Random(count * 31L + limit);
    float[] scores = new float[count];
    float[] boxes = new float[4 * count];
    for (int i = 0; i < count; i++) {
      scores[i] = random.nextInt(50) / 50f;
      boxes[4 * i] = random.nextInt(spread);
      boxes[4 * i + 1] = random.nextInt(spread);
      boxes[4 * i + 2] = boxes[4 * i] + 2 + random.nextInt(5);
      boxes[4 * i + 3] = boxes[4 * i + 1] + 2 + random.nextInt(5);
    }
    AtomicInteger made = new AtomicInteger();

    // When
    int[] kept =
        LazySuppression.keep(
            scores,
            rows -> {
              made.addAndGet(rows.length);
              float[] some = new float[4 * rows.length];
              for (int r = 0; r < rows.length; r++) {
                System.arraycopy(boxes, 4 * rows[r], some, 4 * r, 4);
              }
              return some;
            },
            0.3,
            limit);

    // Then
    assertThat(kept).isEqualTo(NonMaximumSuppression.keep(boxes, scores, 0.3, limit));
    if (spread == 500) {
      assertThat(made.get()).isEqualTo(64);
    }
  }

  @ParameterizedTest
  @CsvSource({"2000, 2000, 3", "100, 2000, 3", "2000, 70, 3", "2000, 2000, 50"})
  void smallBoxesAndLateOnesStayOut(int looked, int admitted, int minSide) {
    // Given boxes of all sizes, far more than the first look takes
    Random random = new Random(looked + admitted);
    int count = 1500;
    float[] scores = new float[count];
    float[] boxes = new float[4 * count];
    for (int i = 0; i < count; i++) {
      scores[i] = random.nextInt(50) / 50f;
      boxes[4 * i] = random.nextInt(40);
      boxes[4 * i + 1] = random.nextInt(40);
      boxes[4 * i + 2] = boxes[4 * i] + random.nextInt(8);
      boxes[4 * i + 3] = boxes[4 * i + 1] + random.nextInt(8);
    }

    // When
    int[] kept =
        LazySuppression.keep(
            scores,
            CandidateBoxes.of(boxes, boxes).teacher(),
            new LazySuppression.Entrance(looked, admitted, minSide),
            0.3,
            60);

    // Then
    int[] entered =
        IntStream.of(NonMaximumSuppression.byFallingScore(scores))
            .limit(looked)
            .filter(i -> boxes[4 * i + 2] - boxes[4 * i] > minSide)
            .filter(i -> boxes[4 * i + 3] - boxes[4 * i + 1] > minSide)
            .limit(admitted)
            .toArray();
    float[] enteredScores = new float[entered.length];
    for (int k = 0; k < entered.length; k++) {
      enteredScores[k] = scores[entered[k]];
    }
    float[] enteredBoxes = CandidateBoxes.of(boxes, boxes).teacher().apply(entered);
    int[] among = NonMaximumSuppression.keep(enteredBoxes, enteredScores, 0.3, 60);
    assertThat(kept).isEqualTo(IntStream.of(among).map(k -> entered[k]).toArray());
  }
}
