package dev.lectern.trainer.train;

import ai.djl.ndarray.NDArray;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.lectern.detector.Detector;
import dev.lectern.detector.DetectorSpec;
import dev.lectern.detector.layer.InPlace;
import dev.lectern.detector.layer.Parameter;
import dev.lectern.detector.layer.Parameters;
import dev.lectern.detector.weights.Safetensors;
import dev.lectern.detector.weights.Weights;
import dev.lectern.schemas.config.ConfigLoader;
import dev.lectern.schemas.config.UserMistakeException;
import dev.lectern.schemas.record.RecordingManifest;
import dev.lectern.schemas.serde.Sha256;
import dev.lectern.trainer.distil.Methods;
import dev.lectern.trainer.replay.EpochPlan;
import dev.lectern.trainer.replay.Replay;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The whole state of a run in one safetensors file: weights ({@code model/}), optimiser ({@code
 * optimizer/}), averaged weights ({@code average/}), what the losses keep ({@code losses/}), and as
 * metadata where the run is and what it is.
 *
 * <p>The schedule has no state of its own. The order of an epoch follows from the seed, except
 * while the recording was open; then its views are written down.
 */
public final class Checkpoint {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final int VERSION = 2;
  private static final String STATE = "lectern.checkpoint";
  private static final String SPEC = "lectern.detector";
  private static final String MODEL = "model/";
  private static final String LOSSES = "losses/";

  /** Name of the losses among the settings of a run. */
  private static final String RUN_LOSSES = "losses";

  /** What checkpoints of earlier versions do not tell. */
  private static final Set<String> LATER =
      Set.of("gradient-clip", "objective", "noise", "epochs", "schedule", "threads");

  /** What a run may go on with that it did not begin with. */
  private static final Set<String> CHANGEABLE = Set.of("epochs", "schedule", "threads");

  private static final Logger LOG = LoggerFactory.getLogger(Checkpoint.class);

  private static final String OPTIMIZER = "optimizer/";
  private static final String AVERAGE = "average/";

  private final State state;
  private final Safetensors file;
  private final String where;

  /**
   * What is not an array.
   *
   * @param run what must be the same when the run goes on, by name
   * @param digests of the recordings that were sealed, by name; null in files without them
   * @param begun when the recordings were begun, by name; null in files without them
   * @param datasetPlan digest of the dataset's plan, hex; null in files without it
   * @param views order of the present epoch, if it cannot be computed again
   * @param shares of the losses' gradients, as measured; null in files without them
   */
  private record State(
      int version,
      int epoch,
      int step,
      long globalStep,
      long optimizerSteps,
      Map<String, String> run,
      Map<String, String> digests,
      Map<String, Long> begun,
      String datasetPlan,
      List<String> views,
      Map<String, List<Double>> shares) {
    RecordingStates recordings() {
      return new RecordingStates(digests, begun);
    }
  }

  private Checkpoint(State state, Safetensors file, String where) {
    this.state = state;
    this.file = file;
    this.where = where;
  }

  static Checkpoint of(
      TrainConfig config,
      Replay replay,
      Position position,
      EpochPlan openPlan,
      Map<String, List<Double>> shares,
      Detector student,
      Parameters losses,
      Optimizer optimizer,
      MovingAverage average) {
    Map<String, Safetensors.Array> arrays = new LinkedHashMap<>();
    student.parameters().forEach(p -> arrays.put(MODEL + p.name(), array(p)));
    losses.forEach(p -> arrays.put(LOSSES + p.name(), array(p)));
    optimizer.state().forEach((name, values) -> arrays.put(OPTIMIZER + name, array(values)));
    if (average != null) {
      average.averages().forEach((name, values) -> arrays.put(AVERAGE + name, array(values)));
    }
    RecordingStates states = RecordingStates.of(replay.recordings());
    State state =
        new State(
            VERSION,
            position.epoch(),
            position.step(),
            position.globalStep(),
            optimizer.steps(),
            run(config, replay.recordings()),
            states.digests(),
            states.begun(),
            planDigest(replay),
            openPlan == null ? null : openPlan.viewIds(),
            shares);
    try {
      Map<String, String> metadata = new LinkedHashMap<>();
      metadata.put(STATE, JSON.writeValueAsString(state));
      metadata.put(SPEC, student.spec().toYaml());
      return new Checkpoint(state, new Safetensors(metadata, arrays), "checkpoint");
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("a checkpoint's state is always JSON", e);
    }
  }

  /** Of all that decides the views of a dataset: pixels, boxes, classes, splits. */
  private static String planDigest(Replay replay) {
    return HexFormat.of().formatHex(Sha256.of(replay.dataset().getPlan()));
  }

  private static Map<String, String> run(TrainConfig config, List<RecordingManifest> recordings) {
    Map<String, String> run = new LinkedHashMap<>();
    if (config.dataset() != null) {
      run.put("dataset", config.dataset());
    }
    run.put("recording", joined(recordings, RecordingManifest::getName));
    run.put("teacher", joined(recordings, RecordingManifest::getTeacherId));
    run.put("seed", String.valueOf(config.seed()));
    run.put("batch-size", String.valueOf(config.batchSize()));
    run.put("split", config.split());
    run.put("student", config.student().toYaml());
    run.put("optimizer", ConfigLoader.toYaml(config.optimizer()));
    run.put(RUN_LOSSES, Methods.toYaml(config.losses()));
    run.put("average-decay", String.valueOf(config.averageDecay()));
    if (!config.classes().isNone()) {
      run.put("classes", ConfigLoader.toYaml(config.classes()));
    }
    if (config.closeAugment() > 0) {
      run.put("close-augment", String.valueOf(config.closeAugment()));
    }
    if (config.groundTruthWeight() != 1) {
      run.put("ground-truth-weight", String.valueOf(config.groundTruthWeight()));
    }
    if (!config.teacherBoxes().equals(TeacherBoxesConfig.DEFAULT)) {
      run.put("teacher-boxes", ConfigLoader.toYaml(config.teacherBoxes()));
    }
    run.put("gradient-clip", String.valueOf(config.gradientClip()));
    run.put("objective", ConfigLoader.toYaml(config.objective()));
    run.put("noise", ConfigLoader.toYaml(config.noise()));
    run.put("epochs", String.valueOf(config.epochs()));
    run.put("schedule", ConfigLoader.toYaml(config.schedule()));
    run.put("threads", String.valueOf(config.threads()));
    return run;
  }

  private static String joined(
      List<RecordingManifest> recordings, Function<RecordingManifest, String> what) {
    return recordings.stream().map(what).collect(Collectors.joining(", "));
  }

  /** Writes to a temporary name, then renames. */
  void write(Path target) throws IOException {
    file.write(target);
  }

  /**
   * Reads a checkpoint.
   *
   * @throws UserMistakeException if there is no such file, it is damaged, or it is not a checkpoint
   */
  public static Checkpoint read(Path source) {
    String where = "checkpoint " + source;
    if (!Files.isRegularFile(source)) {
      throw new UserMistakeException(where + ": not found");
    }
    try {
      Safetensors file = Safetensors.read(source);
      String text = file.metadata().get(STATE);
      if (text == null) {
        throw new UserMistakeException(where + ": found no training state, expected a checkpoint");
      }
      State state = JSON.readValue(text, State.class);
      if (state.version() != VERSION) {
        throw new UserMistakeException(
            where
                + ": found version "
                + state.version()
                + ", this program reads version "
                + VERSION);
      }
      return new Checkpoint(state, file, where);
    } catch (JsonProcessingException e) {
      throw new UserMistakeException(where + ": its training state is not readable", e);
    } catch (IOException e) {
      throw new UserMistakeException(where + ": " + e.getMessage(), e);
    }
  }

  /** Where the run was. */
  public Position position() {
    return new Position(state.epoch(), state.step(), state.globalStep());
  }

  /** The network's specification. */
  public DetectorSpec spec() {
    return DetectorSpec.parse(file.metadata().get(SPEC), where);
  }

  /** Sets a network to the trained weights: the averaged ones if there are any. */
  public void load(Detector detector) {
    boolean averaged = file.arrays().keySet().stream().anyMatch(name -> name.startsWith(AVERAGE));
    Weights.set(part(averaged ? AVERAGE : MODEL), detector.parameters(), where);
  }

  /** The order of the present epoch, or null if it is to be computed. */
  EpochPlan plan(int batchSize) {
    return state.views() == null ? null : new EpochPlan(state.epoch(), state.views(), batchSize);
  }

  /** Shares of the losses' gradients that were measured, by loss. */
  Map<String, List<Double>> shares() {
    return state.shares() == null ? Map.of() : state.shares();
  }

  /**
   * Refuses a run that would learn something else. How long it learns, at which rate and with how
   * many threads may change, and is said.
   */
  void requireSameRun(TrainConfig config, Replay replay) {
    List<RecordingManifest> recordings = replay.recordings();
    List<String> differences = new ArrayList<>();
    List<String> changes = new ArrayList<>();
    run(config, recordings)
        .forEach(
            (name, value) -> {
              String written = state.run().get(name);
              if (!isSame(name, written, value) && !(written == null && LATER.contains(name))) {
                (mayChange(name, config) ? changes : differences)
                    .addAll(KeyDifferences.of(name, written, value));
              }
            });
    state
        .run()
        .forEach(
            (name, written) -> {
              if (!run(config, recordings).containsKey(name)) {
                differences.addAll(KeyDifferences.of(name, written, null));
              }
            });
    differences.addAll(state.recordings().differences(recordings));
    if (state.datasetPlan() != null && !state.datasetPlan().equals(planDigest(replay))) {
      differences.add(
          "dataset '"
              + replay.dataset().getName()
              + "' was published anew, with other images, annotations or settings; publish what it"
              + " was, or train from the start in another folder");
    }
    if (!differences.isEmpty()) {
      throw new UserMistakeException(
          (where + ": of another run: " + String.join("; ", differences)).replace('\n', ' '));
    }
    if (!changes.isEmpty()) {
      LOG.warn(
          "the run goes on with other settings, to another student than with those before: {}",
          String.join("; ", changes).replace('\n', ' '));
    }
  }

  /** The last epochs of {@code close-augment} depend on how many there are. */
  private static boolean mayChange(String name, TrainConfig config) {
    return CHANGEABLE.contains(name) && !(name.equals("epochs") && config.closeAugment() > 0);
  }

  /** Losses are the same where their settings are, however a version writes them. */
  private static boolean isSame(String name, String written, String value) {
    if (!name.equals(RUN_LOSSES) || written == null || written.equals(value)) {
      return Objects.equals(written, value);
    }
    try {
      return Methods.list(written).equals(Methods.list(value));
    } catch (UserMistakeException e) {
      return false;
    }
  }

  void restore(Detector student, Parameters losses, Optimizer optimizer, MovingAverage average) {
    Weights.set(part(MODEL), student.parameters(), where);
    Weights.set(part(LOSSES), losses, where);
    set(optimizer.state(), part(OPTIMIZER));
    optimizer.restore(state.optimizerSteps());
    if (average != null) {
      set(average.averages(), part(AVERAGE));
    }
  }

  private void set(Map<String, NDArray> targets, Safetensors source) {
    targets.forEach(
        (name, target) -> {
          Safetensors.Array values = source.arrays().get(name);
          if (values == null || values.values().length != target.size()) {
            throw new UserMistakeException(
                where + ": found no state " + name + " of the network's size");
          }
          try (NDArray fresh = target.getManager().create(values.values(), target.getShape())) {
            InPlace.copy(fresh, target);
          }
        });
  }

  private Safetensors part(String prefix) {
    Map<String, Safetensors.Array> arrays = new LinkedHashMap<>();
    file.arrays()
        .forEach(
            (name, values) -> {
              if (name.startsWith(prefix)) {
                arrays.put(name.substring(prefix.length()), values);
              }
            });
    return new Safetensors(Map.of(), arrays);
  }

  private static Safetensors.Array array(Parameter parameter) {
    return new Safetensors.Array(dimensions(parameter.array()), parameter.values());
  }

  private static Safetensors.Array array(NDArray values) {
    return new Safetensors.Array(dimensions(values), values.toFloatArray());
  }

  private static List<Long> dimensions(NDArray array) {
    return LongStream.of(array.getShape().getShape()).boxed().toList();
  }
}
