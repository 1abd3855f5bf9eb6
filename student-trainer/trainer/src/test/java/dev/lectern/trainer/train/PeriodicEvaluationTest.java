package dev.lectern.trainer.train;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lectern.schemas.record.DatasetManifest;
import dev.lectern.schemas.record.State;
import java.util.Map;
import org.junit.jupiter.api.Test;

class PeriodicEvaluationTest {
  @Test
  void aDatasetWithoutTheSplitCannotMeasureAStudent() {
    assertThat(lacksViews(State.SEALED, Map.of("train", 80L))).isTrue();
    assertThat(lacksViews(State.SEALED, Map.of("train", 80L, "val", 79L))).isFalse();
  }

  @Test
  void aDatasetThatIsStillPublishedMayGetTheSplit() {
    assertThat(lacksViews(State.OPEN, Map.of("train", 80L))).isFalse();
    assertThat(lacksViews(State.SEALED, Map.of())).isFalse();
  }

  private static boolean lacksViews(State state, Map<String, Long> splits) {
    DatasetManifest dataset = new DatasetManifest();
    dataset.setState(state);
    dataset.setSplits(splits);
    return PeriodicEvaluation.lacksViews("val", dataset);
  }
}
