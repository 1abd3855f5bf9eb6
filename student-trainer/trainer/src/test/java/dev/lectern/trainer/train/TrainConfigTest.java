package dev.lectern.trainer.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lectern.schemas.config.ConfigLoader;
import dev.lectern.schemas.config.UserMistakeException;
import dev.lectern.schemas.record.TensorKind;
import dev.lectern.trainer.replay.ReplayConfig;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TrainConfigTest {
  private static final String LEAST = "recording: r\nout: o\nstudent: {classes: 2}\n";

  @Test
  void everyDefaultIsPinned() {
    // When
    TrainConfig config = config(LEAST);

    // Then
    assertThat(config.bootstrapServers()).isEqualTo("127.0.0.1:9092");
    assertThat(config.kafka()).isEmpty();
    assertThat(config.seed()).isZero();
    assertThat(config.epochs()).isEqualTo(12);
    assertThat(config.batchSize()).isEqualTo(8);
    assertThat(config.split()).isEqualTo("train");
    assertThat(config.weights()).isNull();
    assertThat(config.optimizer())
        .isEqualTo(
            new OptimizerConfig(
                OptimizerConfig.Name.SGD, 0.01, 1e-4, 0.9, false, 0.9, 0.999, 1e-8));
    assertThat(config.schedule())
        .isEqualTo(new ScheduleConfig(ScheduleConfig.Name.STEP, 500, 0.001, null, 0.1, 0.01));
    assertThat(config.gradientClip()).isEqualTo(35);
    assertThat(config.averageDecay()).isZero();
    assertThat(config.detection()).isEqualTo(new TrainConfig.Detection(2.0, 2.0, 0.25));
    assertThat(config.assignTopk()).isEqualTo(9);
    assertThat(config.losses()).isEmpty();
    assertThat(config.replay())
        .isEqualTo(
            new ReplayConfig(
                "replay-store",
                "none",
                256L << 20,
                ReplayConfig.Fill.BACKGROUND,
                1,
                4,
                512L << 20));
    assertThat(config.checkpoint()).isEqualTo(new CheckpointConfig(0, 1, 2));
    assertThat(config.evaluation())
        .isEqualTo(
            new EvaluationConfig(
                "val", 1, EvaluationConfig.Coordinates.SOURCE, 0.05, 0.6, 1000, 100));
    assertThat(config.noise()).isEqualTo(new TrainConfig.Noise(0.0, 0.0, 0.0, 0.0));
    assertThat(config.threads()).isEqualTo(1);
  }

  @Test
  void writtenAndReadAgainItIsTheSame() {
    TrainConfig config =
        config(LEAST + "losses: [{name: ld, region: vlr}, {name: cwd, levels: [0, 1]}]\n");

    assertThat(config(ConfigLoader.toYaml(config))).isEqualTo(config);
  }

  @Test
  void aListOfLossesBecomesThePublishedSettings() {
    // Given main LD, LD on the valuable region and main KD
    List<LossConfig> losses =
        List.of(
            LossConfig.of(LossConfig.Name.LD, null),
            LossConfig.of(LossConfig.Name.LD, LossConfig.Region.VLR),
            LossConfig.of(LossConfig.Name.KD, LossConfig.Region.MAIN));

    // Then
    assertThat(LossPlan.of(losses).settings())
        .isEqualTo(dev.lectern.trainer.objective.DistillationSettings.published());
    assertThat(LossPlan.of(losses).kinds())
        .containsExactlyInAnyOrder(TensorKind.CLASS_SCORES, TensorKind.BOX_LOGITS);
  }

  @Test
  void featureLossesNeedOnlyFeatures() {
    LossPlan plan = LossPlan.of(List.of(LossConfig.of(LossConfig.Name.CWD, null)));

    assertThat(plan.kinds()).containsExactly(TensorKind.FPN_FEATURES);
  }

  @Test
  void noLossesNeedNothing() {
    assertThat(LossPlan.of(List.of()).kinds()).isEmpty();
    assertThat(LossPlan.of(List.of()).settings().any()).isFalse();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "batch-size: 0 | batch-size: found 0, expected 1 or more",
        "average-decay: 1 | average-decay: found 1.0, expected 0 to below 1",
        "optimizer: {learning-rate: -1} | optimizer.learning-rate: found -1.0, expected more than 0",
        "losses: [{weight: 1}] | losses.name: found nothing, expected one of ld, kd, tbr, imitation, fitnets, cwd",
        "losses: [{name: cwd, region: vlr}] | losses.region: found VLR, expected none, cwd has no regions",
        "losses: [{name: fitnets, temperature: 2}] | losses.temperature: found 2.0, expected none, fitnets has no",
        "losses: [{name: ld, levels: [0]}] | losses.levels: found [0], expected none, ld reads all levels",
        "losses: [{name: cwd, variant: paper}] | losses.variant: found PAPER, expected official for cwd",
        "losses: [{name: cwd}, {name: cwd}] | losses: found CWD twice",
        "losses: [{name: ld}, {name: ld}] | losses: found LD twice on the same region, expected it once",
        "losses: [{name: ld, region: inside_box}] | losses.region: found INSIDE_BOX, expected main, vlr",
        "epoch: 3 | unknown key 'epoch' (did you mean 'epochs'?)",
      })
  void mistakesAreNamed(String line, String message) {
    assertThatThrownBy(() -> config(LEAST + line.strip() + "\n"))
        .isInstanceOf(UserMistakeException.class)
        .hasMessageContaining(message.strip());
  }

  @Test
  void aRunNeedsARecording() {
    assertThatThrownBy(() -> config("out: o\nstudent: {classes: 2}\n"))
        .isInstanceOf(UserMistakeException.class)
        .hasMessageContaining("recording: found null, expected a name");
  }

  private static TrainConfig config(String yaml) {
    return ConfigLoader.bind(yaml, List.of(), TrainConfig.class, "run.yaml");
  }
}
