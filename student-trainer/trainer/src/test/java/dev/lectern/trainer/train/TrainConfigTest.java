package dev.lectern.trainer.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lectern.detector.weights.WeightsMatch;
import dev.lectern.schemas.config.ConfigLoader;
import dev.lectern.schemas.config.UserMistakeException;
import dev.lectern.schemas.record.TensorKind;
import dev.lectern.trainer.distil.Methods;
import dev.lectern.trainer.eval.Coordinates;
import dev.lectern.trainer.replay.ClassMap;
import dev.lectern.trainer.replay.PhotometricNoise;
import dev.lectern.trainer.replay.ReplayConfig;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TrainConfigTest {
  private static final String SEVERAL = "recordings: [a, b]\nout: o\nstudent: {classes: 2}\n";
  private static final String LEAST = "recording: r\nout: o\nstudent: {classes: 2}\n";

  @Test
  void keysFromBeforeAFamilyHadItsOwnPartAreRead() {
    String rest = "{recording: r, out: o, student: {classes: 3, bins: 8}, ";
    assertThat(config(rest + "detection: {beta: 1.5}, assign-topk: 4}"))
        .isEqualTo(config(rest + "objective: {beta: 1.5, assign-topk: 4}}"));
    assertThatThrownBy(() -> config(rest + "objective: {betta: 1}}"))
        .isInstanceOf(UserMistakeException.class)
        .hasMessageContaining("objective: unknown key 'betta' (did you mean 'beta'?)");
  }

  @Test
  void everyDefaultIsPinned() {
    // When
    TrainConfig config = config(LEAST);

    // Then
    assertThat(config.bootstrapServers()).isEqualTo("127.0.0.1:9092");
    assertThat(config.kafka()).isEmpty();
    assertThat(config.archives()).isEmpty();
    assertThat(config.seed()).isZero();
    assertThat(config.epochs()).isEqualTo(12);
    assertThat(config.batchSize()).isEqualTo(8);
    assertThat(config.split()).isEqualTo("train");
    assertThat(config.classes()).isEqualTo(ClassMap.NONE);
    assertThat(config.weights()).isNull();
    assertThat(config.optimizer())
        .isEqualTo(
            new OptimizerConfig(
                OptimizerConfig.Name.SGD, 0.01, 1e-4, 0.9, false, 0.9, 0.999, 1e-8));
    assertThat(config.schedule())
        .isEqualTo(new ScheduleConfig(ScheduleConfig.Name.STEP, null, 0.001, null, 0.1, 0.01));
    assertThat(config.closeAugment()).isZero();
    assertThat(config.gradientClip()).isEqualTo(35);
    assertThat(config.averageDecay()).isZero();
    assertThat(config.objective())
        .isEqualTo(
            Map.of(
                "beta",
                2.0,
                "cls-weight",
                1.0,
                "giou-weight",
                2.0,
                "dfl-weight",
                0.25,
                "assign-topk",
                9));
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
                512L << 20,
                ReplayConfig.Dequantise.AUTO));
    assertThat(config.checkpoint()).isEqualTo(new CheckpointConfig(0, 1, 2));
    assertThat(config.evaluation())
        .isEqualTo(
            new EvaluationConfig("val", List.of(), 1, Coordinates.SOURCE, 0.05, 0.6, 1000, 100));
    assertThat(config.noise()).isEqualTo(PhotometricNoise.NONE);
    assertThat(config.device()).isEqualTo("auto");
    assertThat(config.threads()).isEqualTo(1);
  }

  @Test
  void initialWeightsAreAFileOrAFileAndWhatItSets() {
    assertThat(config(LEAST + "weights: a.safetensors").weights())
        .isEqualTo(new WeightsConfig("a.safetensors", WeightsMatch.Part.WHOLE, false));
    assertThat(config(LEAST + "weights: {file: b.onnx, part: backbone, partial: true}").weights())
        .isEqualTo(new WeightsConfig("b.onnx", WeightsMatch.Part.BACKBONE, true));
    assertThatThrownBy(() -> config(LEAST + "weights: {part: neck}"))
        .isInstanceOf(UserMistakeException.class)
        .hasMessageContaining("weights.part: found 'neck', expected one of whole, backbone")
        .hasMessageContaining("weights.file: missing");
    TrainConfig run = config(LEAST + "weights: {file: b.onnx, part: backbone}");
    assertThat(config(ConfigLoader.toYaml(run))).isEqualTo(run);
  }

  @Test
  void theStudentHasAsManyClassesAsTheMap() {
    TrainConfig run = config(LEAST + "classes: {person: , vehicle: [car, truck]}");
    assertThat(run.classes().sources())
        .containsExactly(
            Map.entry("person", List.of("person")), Map.entry("vehicle", List.of("car", "truck")));
    assertThat(config(ConfigLoader.toYaml(run))).isEqualTo(run);
    assertThatThrownBy(() -> config(LEAST + "classes: {person: }"))
        .isInstanceOf(UserMistakeException.class)
        .hasMessageContaining(
            "student.classes: found 2, expected 1, as many as the key classes has");
  }

  @Test
  void writtenAndReadAgainItIsTheSame() {
    TrainConfig config =
        config(
            LEAST
                + "losses: [{name: ld, region: vlr, gamma: 0.5, scale-t2: no}, {name: cwd, levels: [0, 1],"
                + " teachers: [r], schedule: {decay: linear, detach-epoch: 3}}]\n");

    assertThat(config(ConfigLoader.toYaml(config))).isEqualTo(config);
  }

  @Test
  void eachLossOfTheListHasANameOfItsOwn() {
    // Given main LD, LD on the valuable region, main KD and cwd on each of two levels
    LossPlan plan =
        plan(
            "{name: ld}",
            "{name: ld, region: vlr}",
            "{name: kd}",
            "{name: cwd, levels: [0]}",
            "{name: cwd, levels: [1], weight: 2}");

    // Then
    assertThat(plan.entries().stream().map(LossPlan.Entry::name))
        .containsExactly("loss_ld", "loss_ld_vlr", "loss_kd", "loss_cwd", "loss_cwd_2");
    assertThat(kinds(plan, 0))
        .containsExactlyInAnyOrder(
            TensorKind.CLASS_SCORES, TensorKind.BOX_LOGITS, TensorKind.FPN_FEATURES);
  }

  @Test
  void featureLossesNeedOnlyFeatures() {
    assertThat(kinds(plan("{name: cwd}"), 0)).containsExactly(TensorKind.FPN_FEATURES);
    assertThat(kinds(plan("{name: cwd_logits}"), 0)).containsExactly(TensorKind.CLASS_SCORES);
  }

  @Test
  void noLossesNeedNothing() {
    assertThat(kinds(plan(), 0)).isEmpty();
  }

  @Test
  void aLossWithoutTeachersListensToAllRecordings() {
    LossPlan plan =
        LossPlan.of(
            List.of(
                Methods.of("kd"),
                Methods.of("{name: cwd, teachers: [{recording: large, weight: 0.5}]}")),
            List.of("small", "large"));

    assertThat(plan.entries().stream().map(LossPlan.Entry::name))
        .containsExactly("loss_kd@small", "loss_kd@large", "loss_cwd@large");
    assertThat(plan.entries().get(2).weight()).isEqualTo(2.5);
    assertThat(kinds(plan, 0)).doesNotContain(TensorKind.FPN_FEATURES);
    assertThat(kinds(plan, 1)).contains(TensorKind.FPN_FEATURES);
  }

  private static Set<TensorKind> kinds(LossPlan plan, int teacher) {
    return plan.needsOf(teacher).teacher().keySet();
  }

  private static LossPlan plan(String... losses) {
    return LossPlan.of(
        config(LEAST + "losses: [" + String.join(", ", losses) + "]\n").losses(), List.of("r"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "batch-size: 0 | batch-size: found 0, expected a whole number, 1 or more",
        "close-augment: -1 | close-augment: found -1, expected a whole number, 0 or more",
        "close-augment: 13 | close-augment: found 13, expected at most the number of epochs, 12",
        "average-decay: 1 | average-decay: found 1, expected 0 to below 1",
        "optimizer: {learning-rate: -1} | optimizer.learning-rate: found -1, expected more than 0",
        "losses: [{weight: 1}] | losses.0.name: found nothing, expected one of ld, kd, tbr, imitation, fitnets,",
        "losses: [{name: cwdd}] | losses.0.name: found 'cwdd' (did you mean 'cwd'?), expected one of ld, kd",
        "ground-truth-weight: -1 | ground-truth-weight: found -1, expected 0 or more",
        "ground-truth-weight: 0 | ground-truth-weight: found 0.0, expected more than 0, or losses to learn from a teacher",
        "losses: [{name: ld}, {name: cwd, wieght: 1}] | unknown key 'losses.1.wieght' (did you mean 'weight'?); known here: adapter, levels, precision, schedule, share, teachers, temperature, variant, weight",
        "losses: [{name: ld, gama: 0.2}] | unknown key 'losses.0.gama' (did you mean 'gamma'?)",
        "losses: [{name: ld, gamma: 2}] | losses.0.gamma: found 2, expected 0 to 1",
        "losses: [{name: tbr, norm: l1}] | losses.0.norm: found 'l1' (did you mean 'l2'?), expected one of l2, l2_squared",
        "losses: [{name: cwd, region: vlr}] | losses.0.region: found 'vlr', expected none: cwd has no key region",
        "losses: [{name: fitnets, temperature: 2}] | losses.0.temperature: found 2, expected none: fitnets has no key temperature",
        "losses: [{name: ld, scale-t2: maybe}] | losses.0.scale-t2: found 'maybe', expected one of yes, no",
        "losses: [{name: ld, levels: [0]}] | losses.0.levels: found [0], expected none: ld has no key levels",
        "losses: [{name: cwd, levels: [0, 0]}] | key 'losses.0.levels': found [0, 0], expected a list of different levels",
        "losses: [{name: cwd, variant: paper}] | losses.0.variant: found 'paper', expected one of normalised, official",
        "losses: [{name: ld, adapter: auto}] | losses.0.adapter: found 'auto', expected none: ld has no key adapter",
        "losses: [{name: cwd}, {name: cwd}] | losses: found cwd twice on the same region, levels and teachers",
        "losses: [{name: ld, region: inside_box}] | losses.0.region: found 'inside_box', expected one of main, vlr, vlr_paper, vlr_paper_without_main, inside_box_without_main, teacher_boxes, recorded",
        "losses: [{name: ld, teachers: [x]}] | losses: ld listens to 'x', expected one of the run's recordings: r",
        "losses: [{name: ld, teachers: [{recording: r, weigth: 2}]}] | unknown key 'losses.0.teachers.0.weigth' (did you mean 'weight'?)",
        "losses: [{name: ld, schedule: {decay: exponential}}] | losses.0.schedule.decay: found 'exponential', expected one of none, linear, cosine",
        "losses: [{name: ld, schedule: {warmup-steps: 3}}] | unknown key 'losses.0.schedule.warmup-steps' (did you mean 'warm-up-steps'?)",
        "epoch: 3 | unknown key 'epoch' (did you mean 'epochs'?)",
      })
  void mistakesAreNamed(String line, String message) {
    assertThatThrownBy(() -> config(LEAST + line.strip() + "\n"))
        .isInstanceOf(UserMistakeException.class)
        .hasMessageContaining(message.strip());
  }

  @Test
  void aRunLearnsFromOneOrSeveralRecordings() {
    assertThat(config(LEAST).recordings()).containsExactly("r");
    assertThat(config(SEVERAL).recordings()).containsExactly("a", "b");
    TrainConfig one = config(LEAST);
    assertThat(config(ConfigLoader.toYaml(one)).recordings()).isEqualTo(one.recordings());
    assertThatThrownBy(() -> config(SEVERAL + "recording: c\n"))
        .hasMessageContaining(
            "recordings: found [a, b], expected nothing beside the key recording");
    assertThatThrownBy(() -> config(SEVERAL.replace("[a, b]", "[a, a]")))
        .hasMessageContaining("recordings: found [a, a], expected each once");
  }

  @Test
  void aRunNeedsARecording() {
    assertThatThrownBy(() -> config("out: o\nstudent: {classes: 2}\n"))
        .isInstanceOf(UserMistakeException.class)
        .hasMessageContaining("recording: found null, expected a name, or the key dataset");
  }

  @Test
  void aRunMayLearnFromADatasetAlone() {
    TrainConfig run = config("dataset: d\nout: o\nstudent: {classes: 2}\n");
    assertThat(run.recordings()).isEmpty();
    assertThat(config(ConfigLoader.toYaml(run))).isEqualTo(run);
    assertThatThrownBy(() -> config(LEAST + "dataset: d\n"))
        .hasMessageContaining("dataset: found d, expected nothing beside the key recording");
    assertThatThrownBy(
            () -> config("dataset: d\nout: o\nstudent: {classes: 2}\nlosses: [{name: ld}]\n"))
        .hasMessageContaining("losses: found 1 on a dataset alone, expected none, or a recording");
  }

  @Test
  void furtherSplitsAreOthers() {
    assertThat(config(LEAST + "evaluation: {further-splits: [test]}\n").evaluation().splits())
        .containsExactly("val", "test");
    assertThat(config(LEAST + "evaluation: {split: none}\n").evaluation().splits()).isEmpty();
    assertThatThrownBy(() -> config(LEAST + "evaluation: {further-splits: [val]}\n"))
        .hasMessageContaining(
            "evaluation.further-splits: found [val], expected other splits than val");
  }

  private static TrainConfig config(String yaml) {
    return ConfigLoader.bind(yaml, List.of(), TrainConfig.class, "run.yaml");
  }
}
