package dev.lectern.experiment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.within;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TrainingHistoryTest {
  @TempDir Path folder;

  @Test
  void stepsAndMeasurementsAreReadAndAnUnfinishedLineIsNot() throws Exception {
    Path metrics = folder.resolve("metrics.jsonl");
    Files.writeString(
        metrics,
        """
        {"event":"step","step":1,"losses":{"loss_cls":0.5,"loss_bbox":1.0,"loss_ld":9.0},\
        "data-wait-share":0.5,"images-per-second":100.0}
        {"event":"step","step":2,"losses":{"loss_cls":0.25},\
        "data-wait-share":0.0,"images-per-second":50.0}
        {"event":"evaluation","step":2,"metrics":{"AP":0.3,"AP50":0.5,"AP75":0.2}}
        {"event":"step","step":3,"los""");

    TrainingHistory history = TrainingHistory.read(metrics);

    assertThat(history.steps()).hasSize(2);
    assertThat(history.steps().get(0).detectionLoss()).isEqualTo(1.5);
    assertThat(history.result().ap()).isEqualTo(0.3);
    // the first step takes 1 unit of time, half of it waiting; the second takes 2
    assertThat(history.waitShare()).isCloseTo(0.5 / 3, within(1e-9));
    assertThat(history.imagesPerSecond()).isCloseTo(200 / 3.0, within(1e-9));
  }

  @Test
  void aTrainingThatHasNotBegunHasNoResult() throws Exception {
    TrainingHistory history = TrainingHistory.read(folder.resolve("absent.jsonl"));
    assertThat(history.steps()).isEmpty();
    assertThatIllegalStateException()
        .isThrownBy(history::result)
        .withMessage("the training was never measured");
  }
}
