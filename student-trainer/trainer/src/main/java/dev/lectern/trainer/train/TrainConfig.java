package dev.lectern.trainer.train;

import static dev.lectern.trainer.train.Settings.orElse;
import static dev.lectern.trainer.train.Settings.require;

import com.fasterxml.jackson.annotation.JsonProperty;
import dev.lectern.detector.DetectorSpec;
import dev.lectern.detector.device.TorchDevice;
import dev.lectern.detector.family.Families;
import dev.lectern.schemas.config.ConfigLoader;
import dev.lectern.schemas.config.FileName;
import dev.lectern.schemas.config.Upgraded;
import dev.lectern.schemas.record.RegionPriors;
import dev.lectern.schemas.record.Task;
import dev.lectern.schemas.view.InputNormalization;
import dev.lectern.trainer.distil.Method;
import dev.lectern.trainer.family.TrainedFamilies;
import dev.lectern.trainer.replay.ClassMap;
import dev.lectern.trainer.replay.PhotometricNoise;
import dev.lectern.trainer.replay.ReplayConfig;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Everything that decides a run; YAML with keys in kebab-case. README.md of this module lists every
 * key.
 *
 * @param bootstrapServers brokers, host:port with commas between [127.0.0.1:9092]
 * @param kafka further client settings, as Kafka names them; read only, for there may be secrets
 *     among them: YAML of a configuration is without them [none]
 * @param dataset to learn from its ground truth alone; or else recordings of one [none]
 * @param recording what to learn from; or else {@code recordings}
 * @param recordings of one dataset, to learn from all of them [the recording alone]
 * @param out folder of the run: checkpoints, metrics, the trained student
 * @param seed decides the order of views, initial values and noise [0]
 * @param epochs passes over the split; each takes one view of every image [12]
 * @param batchSize views per step [8]
 * @param split what to train on [train]
 * @param classes of the student, and what of dataset and teachers they stand for [the dataset's]
 * @param student the network
 * @param weights initial values of the student [drawn from the seed]
 * @param optimizer update rule
 * @param schedule learning rate
 * @param gradientClip largest joint norm of the gradients; 0 for no limit [35]
 * @param averageDecay decay of the moving average of weights; 0 for none [0]
 * @param objective how the student's family learns from ground truth; its keys are the family's
 * @param groundTruthWeight of the student's own losses together; 0 for pure distillation [1]
 * @param losses distillation terms; none trains on ground truth alone [none]
 * @param replay how the recording is read
 * @param checkpoint when the state is written
 * @param evaluation how the student is measured
 * @param noise photometric changes that only the student sees [none]
 * @param device {@code auto} (a GPU if libtorch can use one), {@code cpu}, {@code cuda} or {@code
 *     cuda:N} [auto]
 * @param threads threads of one step's arithmetic; 1 makes runs repeatable bit by bit [1]
 */
@Upgraded(FormerRunKeys.class)
public record TrainConfig(
    String bootstrapServers,
    @JsonProperty(access = JsonProperty.Access.WRITE_ONLY) Map<String, Object> kafka,
    String dataset,
    String recording,
    List<String> recordings,
    @FileName String out,
    Long seed,
    Integer epochs,
    Integer batchSize,
    String split,
    ClassMap classes,
    DetectorSpec student,
    @FileName WeightsConfig weights,
    OptimizerConfig optimizer,
    ScheduleConfig schedule,
    Double gradientClip,
    Double averageDecay,
    Map<String, Object> objective,
    Double groundTruthWeight,
    List<Method> losses,
    ReplayConfig replay,
    CheckpointConfig checkpoint,
    EvaluationConfig evaluation,
    PhotometricNoise noise,
    String device,
    Integer threads) {

  public TrainConfig {
    bootstrapServers = orElse(bootstrapServers, "127.0.0.1:9092");
    kafka = kafka == null ? Map.of() : Map.copyOf(kafka);
    seed = orElse(seed, 0L);
    epochs = orElse(epochs, 12);
    batchSize = orElse(batchSize, 8);
    split = orElse(split, "train");
    optimizer = orElse(optimizer, ConfigLoader.of("", OptimizerConfig.class));
    schedule = orElse(schedule, ConfigLoader.of("", ScheduleConfig.class));
    gradientClip = orElse(gradientClip, 35.0);
    averageDecay = orElse(averageDecay, 0.0);
    classes = orElse(classes, ClassMap.NONE);
    groundTruthWeight = orElse(groundTruthWeight, 1.0);
    losses = losses == null ? List.of() : List.copyOf(losses);
    replay = orElse(replay, ReplayConfig.defaults());
    checkpoint = orElse(checkpoint, ConfigLoader.of("", CheckpointConfig.class));
    evaluation = orElse(evaluation, EvaluationConfig.defaults());
    noise = orElse(noise, PhotometricNoise.NONE);
    device = orElse(device, TorchDevice.AUTO);
    threads = orElse(threads, 1);
    recordings = named(dataset, recording, recordings);
    require(out != null && !out.isBlank(), "out", out, "a folder");
    require(student != null, "student", "nothing", "a network, at least its classes");
    require(
        Families.of(student).task() == Task.DETECTION,
        "student.head.family",
        Families.of(student).name(),
        "a family of detectors, since views have no label maps that a segmentation network learns"
            + " from");
    require(
        classes.isNone() || classes.sources().size() == student.classes(),
        "student.classes",
        student.classes(),
        classes.sources().size() + ", as many as the key classes has");
    objective = TrainedFamilies.settings(student, objective);
    require(
        dataset == null || losses.isEmpty(),
        "losses",
        losses.size() + " on a dataset alone",
        "none, or a recording to learn from");
    require(epochs >= 1, "epochs", epochs, "1 or more");
    require(batchSize >= 1, "batch-size", batchSize, "1 or more");
    require(
        groundTruthWeight >= 0 && Double.isFinite(groundTruthWeight),
        "ground-truth-weight",
        groundTruthWeight,
        "0 or more");
    require(
        groundTruthWeight > 0 || !losses.isEmpty(),
        "ground-truth-weight",
        groundTruthWeight,
        "more than 0, or losses to learn from a teacher");
    require(gradientClip >= 0, "gradient-clip", gradientClip, "0 or more");
    require(averageDecay >= 0 && averageDecay < 1, "average-decay", averageDecay, "0 to below 1");
    require(threads >= 1, "threads", threads, "1 or more");
    TorchDevice.requireName(device);
    LossPlan.of(losses, recordings);
  }

  private static List<String> named(String dataset, String recording, List<String> recordings) {
    if (dataset != null) {
      require(!dataset.isBlank(), "dataset", dataset, "a name");
      require(
          recording == null && (recordings == null || recordings.isEmpty()),
          "dataset",
          dataset,
          "nothing beside the key recording or recordings, which name what has a dataset");
      return List.of();
    }
    List<String> one = recording == null ? List.of() : List.of(recording);
    List<String> all = orElse(recordings, one);
    require(
        recording == null || all.equals(one),
        "recordings",
        all,
        "nothing beside the key recording");
    require(
        !all.isEmpty() && all.stream().noneMatch(name -> name == null || name.isBlank()),
        recordings == null ? "recording" : "recordings",
        recordings == null ? recording : recordings,
        recordings == null ? "a name, or the key dataset" : "names");
    require(new HashSet<>(all).size() == all.size(), "recordings", all, "each once");
    return List.copyOf(all);
  }

  /**
   * The student's priors, and how its assigner uses them: what a recording's regions must be of;
   * empty if no regions hold all that the student reads.
   */
  public Optional<RegionPriors> regionPriors() {
    return TrainedFamilies.regions(student, objective);
  }

  /** How the student's input is normalised. */
  InputNormalization inputNormalization() {
    return student.input().normalization();
  }
}
