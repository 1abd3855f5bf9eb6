package dev.lectern.trainer.eval;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class ConfusionMatrixTest {
  private static final List<Category> CATEGORIES =
      List.of(new Category(17, "dog"), new Category(3, "cat"));

  @Test
  void everyObjectAndEveryDetectionIsCountedOnce() {
    // Given: a cat seen as a cat, a cat seen as a dog, a missed dog, a crowd of dogs
    GroundTruthSet truth =
        new GroundTruthSet(
            List.of(1L, 2L),
            CATEGORIES,
            List.of(
                object(1, 3, 0, false),
                object(1, 3, 20, false),
                object(2, 17, 0, false),
                object(2, 17, 50, true)));
    List<Detection> detections =
        List.of(
            seen(1, 3, 1, 0.9), // 9 shared, 11 covered: IoU 0.82
            seen(1, 3, 3, 0.8), // 7 of 13: 0.54, but the object is taken
            seen(1, 17, 20, 0.7),
            seen(2, 17, 0, 0.2), // below the score
            seen(2, 17, 50, 0.6), // in the crowd
            seen(2, 17, 80, 0.6));

    // When
    ConfusionMatrix matrix = ConfusionMatrix.of(truth, detections);

    // Then
    assertThat(matrix.classes()).containsExactly("cat", "dog");
    assertThat(matrix.counts())
        .containsExactly(List.of(1L, 1L, 0L), List.of(0L, 0L, 1L), List.of(1L, 1L, 0L));
    assertThat(matrix.table().lines())
        .containsExactly(
            "annotated -> detected (IoU 0.50, score 0.25)",
            " cat                       2: cat 1, dog 1",
            " dog                       1: missed 1",
            " no object                 2: cat 1, dog 1");
  }

  @Test
  void aCurveHasThePrecisionOfEveryRecall() {
    // Given: of two cats one is found, after a wrong detection
    GroundTruthSet truth =
        new GroundTruthSet(
            List.of(1L), CATEGORIES, List.of(object(1, 3, 0, false), object(1, 3, 20, false)));
    List<Detection> detections = List.of(seen(1, 3, 60, 0.9), seen(1, 3, 0, 0.8));

    // When
    List<PrecisionRecall> curves = CocoEvaluator.curves(truth, detections);

    // Then: precision 1/2 up to recall 1/2
    assertThat(curves).extracting(PrecisionRecall::name).containsExactly("cat", "dog");
    assertThat(curves.get(0).at50().subList(0, 51)).containsOnly(0.5);
    assertThat(curves.get(0).at50().subList(51, 101)).containsOnly(0.0);
    assertThat(curves.get(1).at75()).hasSize(101).containsOnly(-1.0);
  }

  private static TruthBox object(long image, long category, double x, boolean crowd) {
    return new TruthBox(image, category, new Box(x, 0, 10, 10), 100, crowd);
  }

  private static Detection seen(long image, long category, double x, double score) {
    return new Detection(image, category, new Box(x, 0, 10, 10), score);
  }
}
