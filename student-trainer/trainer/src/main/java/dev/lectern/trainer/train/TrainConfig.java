package dev.lectern.trainer.train;

import static dev.lectern.trainer.train.Settings.require;

import com.fasterxml.jackson.annotation.JsonProperty;
import dev.lectern.detector.DetectorSpec;
import dev.lectern.detector.device.TorchDevice;
import dev.lectern.schemas.config.ConfigLoader;
import dev.lectern.schemas.config.FileName;
import dev.lectern.schemas.config.Key;
import dev.lectern.schemas.config.Upgraded;
import dev.lectern.schemas.record.RegionPriors;
import dev.lectern.schemas.view.InputNormalization;
import dev.lectern.trainer.assign.RegionPart;
import dev.lectern.trainer.distil.Method;
import dev.lectern.trainer.family.TrainedFamilies;
import dev.lectern.trainer.replay.ClassMap;
import dev.lectern.trainer.replay.PhotometricNoise;
import dev.lectern.trainer.replay.ReplayConfig;
import dev.lectern.trainer.replay.StudentCanvas;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Everything that decides a run; YAML with keys in kebab-case. */
@Upgraded(FormerRunKeys.class)
public record TrainConfig(
    @Key(defaultsTo = "127.0.0.1:9092", meaning = "brokers, host:port with commas between")
        String bootstrapServers,
    @Key(shownDefault = "none", meaning = "further client settings, as Kafka names them")
        @JsonProperty(access = JsonProperty.Access.WRITE_ONLY) // secrets may be among them
        Map<String, Object> kafka,
    @Key(
            shownDefault = "none",
            meaning =
                "learn from the ground truth of a sealed dataset alone: a baseline, or a teacher of"
                    + " one's own")
        String dataset,
    @Key(shownDefault = "required without dataset", meaning = "what to learn from")
        String recording,
    @Key(
            shownDefault = "the recording alone",
            meaning = "several of one dataset, replayed together; --recording wins over both keys")
        List<String> recordings,
    @Key(
            defaultsTo = "[]",
            shownDefault = "none",
            meaning =
                "where the exported recordings, or one of the dataset, lie: folders, or http"
                    + " addresses of such; they are read in place of a broker")
        @FileName
        List<String> archives,
    @Key(required = true, meaning = "folder of the run: checkpoints, metrics, the trained student")
        @FileName
        String out,
    @Key(defaultsTo = "0", meaning = "decides the order of views, initial values and noise")
        long seed,
    @Key(
            defaultsTo = "12",
            min = 1,
            meaning = "passes over the split; each takes one view of every image")
        int epochs,
    @Key(
            defaultsTo = "0",
            min = 0,
            meaning =
                "last epochs that take the plain view of every image; the order then depends on the"
                    + " number of epochs, so a run is resumed with the same number only")
        int closeAugment,
    @Key(
            defaultsTo = "8",
            min = 1,
            meaning = "views per step; the last step of an epoch takes what is left")
        int batchSize,
    @Key(defaultsTo = "train", meaning = "whose views to train on") String split,
    @Key(
            shownDefault = "the dataset's",
            meaning = "the student's, and what of dataset and teachers they stand for")
        ClassMap classes,
    @Key(required = true, meaning = "the network, at least its classes") DetectorSpec student,
    @Key(shownDefault = "none", meaning = "initial values: a file, or the keys below") @FileName
        WeightsConfig weights,
    @Key(defaultsTo = "{}", meaning = "update rule") OptimizerConfig optimizer,
    @Key(defaultsTo = "{}", meaning = "learning rate") ScheduleConfig schedule,
    @Key(
            defaultsTo = "35",
            min = 0,
            meaning = "largest joint norm of all gradients; 0 for no limit")
        double gradientClip,
    @Key(
            defaultsTo = "0",
            min = 0,
            below = 1,
            meaning =
                "decay of the moving average of weights and statistics, e.g. 0.9998; 0 for none")
        double averageDecay,
    @Key(
            shownDefault = "the family's",
            meaning =
                "how the student's family learns from ground truth; its keys are the family's")
        Map<String, Object> objective,
    @Key(
            defaultsTo = "1",
            min = 0,
            meaning =
                "of the student's own losses together; 0 for pure distillation, which needs losses")
        double groundTruthWeight,
    @Key(defaultsTo = "[]", shownDefault = "none", meaning = "distillation terms")
        List<Method> losses,
    @Key(defaultsTo = "{}", meaning = "what follows from the boxes that a teacher finds")
        TeacherBoxesConfig teacherBoxes,
    @Key(defaultsTo = "{}", meaning = "how the recording is read") ReplayConfig replay,
    @Key(defaultsTo = "{}", meaning = "when the state is written") CheckpointConfig checkpoint,
    @Key(defaultsTo = "{}", meaning = "how the student is measured") EvaluationConfig evaluation,
    @Key(defaultsTo = "{}", meaning = "photometric changes that only the student sees")
        PhotometricNoise noise,
    @Key(
            defaultsTo = TorchDevice.AUTO,
            meaning =
                "what the student is trained on: cpu, cuda (GPU 0) or cuda:N, gpu being another"
                    + " word for cuda; auto takes GPU 0 if libtorch can use one, else the processor."
                    + " A run may be resumed on another device")
        String device,
    @Key(
            defaultsTo = "1",
            min = 1,
            meaning =
                "threads of one step's arithmetic; the same on every machine, since sums in another order"
                    + " give another student")
        int threads) {

  public TrainConfig {
    kafka = kafka == null ? Map.of() : Map.copyOf(kafka);
    classes = classes == null ? ClassMap.NONE : classes;
    archives = List.copyOf(archives);
    losses = List.copyOf(losses);
    recordings = named(dataset, recording, recordings);
    require(
        classes.isNone() || classes.sources().size() == student.classes(),
        "student.classes",
        student.classes(),
        classes.sources().size() + ", as many as the key classes has");
    objective = TrainedFamilies.settings(student, objective);
    require(
        closeAugment <= epochs,
        "close-augment",
        closeAugment,
        "at most the number of epochs, " + epochs);
    require(
        dataset == null || losses.isEmpty(),
        "losses",
        losses.size() + " on a dataset alone",
        "none, or a recording to learn from");
    require(
        groundTruthWeight > 0 || !losses.isEmpty(),
        "ground-truth-weight",
        groundTruthWeight,
        "more than 0, or losses to learn from a teacher");
    require(
        groundTruthWeight > 0 || losses.stream().allMatch(loss -> loss.shared().share() == null),
        "ground-truth-weight",
        groundTruthWeight,
        "more than 0 where a loss has a share of the own losses' gradient");
    TorchDevice.requireName(device);
    LossPlan.of(losses, recordings);
  }

  /**
   * A run of a student that is known already.
   *
   * @param settings the other keys, as {@code key=YAML}
   */
  public static TrainConfig of(DetectorSpec student, List<String> settings) {
    String spec = student.toYaml().replaceFirst("^---\\s*", "").indent(2);
    return ConfigLoader.bind("student:\n" + spec, settings, TrainConfig.class, "run");
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
    List<String> all = recordings == null ? one : recordings;
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

  /** The rule by which a recording's regions hold a region of the student; empty if none does. */
  public Optional<RegionPriors> regions(RegionPart region) {
    return TrainedFamilies.regions(student, objective, region);
  }

  /** How large the student sees the views. */
  StudentCanvas canvas() {
    return new StudentCanvas(student.inputSize(), student.strides());
  }

  /** How the student's input is normalised. */
  InputNormalization inputNormalization() {
    return student.input().normalization();
  }
}
