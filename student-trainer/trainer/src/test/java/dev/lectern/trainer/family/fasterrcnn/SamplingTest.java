package dev.lectern.trainer.family.fasterrcnn;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lectern.detector.region.Assignment;
import dev.lectern.schemas.random.SplitMix64;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

class SamplingTest {
  private static int[] objects(int positives, int negatives, int ignored) {
    int[] objects = new int[positives + negatives + ignored];
    Arrays.fill(objects, Assignment.BACKGROUND);
    Arrays.fill(objects, 0, positives, 3);
    Arrays.fill(objects, positives + negatives, objects.length, Assignment.IGNORED);
    return objects;
  }

  @Test
  void positivesHaveTheirShareAndNegativesFillUp() {
    Sampling.Sample sample = new Sampling(8, 0.25).draw(objects(5, 20, 4), SplitMix64.of(1, 2));

    assertThat(sample.positives()).hasSize(2).isSorted();
    assertThat(Arrays.stream(sample.positives()).allMatch(i -> i < 5)).isTrue();
    assertThat(sample.negatives()).hasSize(6).isSorted();
    assertThat(Arrays.stream(sample.negatives()).allMatch(i -> i >= 5 && i < 25)).isTrue();
  }

  @Test
  void whatIsThereIsTakenWhole() {
    Sampling.Sample sample = new Sampling(100, 0.5).draw(objects(2, 3, 9), SplitMix64.of(1, 2));

    assertThat(sample.positives()).containsExactly(0, 1);
    assertThat(sample.negatives()).containsExactly(2, 3, 4);
  }

  @Test
  void seedAndStepDecideWhatIsDrawn() {
    int[] objects = objects(50, 500, 0);
    Sampling sampling = new Sampling(20, 0.5);

    int[] first = sampling.draw(objects, SplitMix64.of(7, 3)).negatives();

    assertThat(sampling.draw(objects, SplitMix64.of(7, 3)).negatives()).isEqualTo(first);
    assertThat(sampling.draw(objects, SplitMix64.of(7, 4)).negatives()).isNotEqualTo(first);
    assertThat(sampling.draw(objects, SplitMix64.of(8, 3)).negatives()).isNotEqualTo(first);
  }
}
