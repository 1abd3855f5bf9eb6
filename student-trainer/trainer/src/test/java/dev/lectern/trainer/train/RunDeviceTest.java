package dev.lectern.trainer.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lectern.schemas.config.ConfigLoader;
import dev.lectern.schemas.config.UserMistakeException;
import dev.lectern.schemas.progress.Progress;
import dev.lectern.schemas.record.DatasetManifest;
import dev.lectern.schemas.record.RecordingManifest;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RunDeviceTest {
  @TempDir private Path dir;

  @Test
  void aWordThatIsNoDeviceIsRefusedWithTheFile() {
    assertThatThrownBy(() -> config("tpu"))
        .isInstanceOf(UserMistakeException.class)
        .hasMessageContaining("device 'tpu': expected auto, cpu, cuda or cuda:N");
  }

  @Test
  void aGpuThatIsNotThereEndsTheRunBeforeAnythingIsReadOrWritten() {
    TrainingRun run =
        new TrainingRun(
            config("gpu:99"),
            TrainingRun.Start.FRESH,
            new SimpleMeterRegistry(),
            Progress.silentFactory(),
            List.of());

    assertThatThrownBy(run::run)
        .isInstanceOf(UserMistakeException.class)
        .hasMessageStartingWith("device cuda:99: found ")
        .message()
        .doesNotContain("\n");
    assertThat(dir.resolve("run")).doesNotExist();
  }

  @Test
  void measuringLossesTakesTheDeviceOfTheRun() {
    assertThatThrownBy(
            () -> new LossProbe(config("gpu:99"), new RecordingManifest(), new DatasetManifest()))
        .isInstanceOf(UserMistakeException.class)
        .hasMessageStartingWith("device cuda:99: found ");
  }

  private TrainConfig config(String device) {
    return ConfigLoader.bind(
        """
        recording: r
        out: "%s"
        student: {classes: 2}
        device: %s
        """
            .formatted(dir.resolve("run"), device),
        List.of(),
        TrainConfig.class,
        "run.yaml");
  }
}
