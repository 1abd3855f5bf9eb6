package dev.lectern.trainer.train;

import dev.lectern.detector.device.TorchDevice;
import dev.lectern.schemas.config.UserMistakeException;
import dev.lectern.schemas.progress.Progress;
import dev.lectern.schemas.record.TensorKind;
import dev.lectern.trainer.replay.ArchiveSource;
import dev.lectern.trainer.replay.KafkaSource;
import dev.lectern.trainer.replay.RecordingSource;
import dev.lectern.trainer.replay.Replay;
import dev.lectern.trainer.replay.ReplayConfig;
import dev.lectern.trainer.replay.ReplayConfig.Dequantise;
import dev.lectern.trainer.replay.ReplayedViews;
import dev.lectern.trainer.replay.StoredReplay;
import dev.lectern.trainer.replay.StudentView;
import io.micrometer.core.instrument.MeterRegistry;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One run of {@code lectern train}: opens recording or dataset, trains, measures, and leaves in its
 * folder {@code run.yaml}, {@code metrics.csv}, {@code metrics.jsonl}, {@code checkpoints/} and,
 * once all epochs are done and the student is measured, {@code student.safetensors}.
 *
 * <p>Single use. Delivery: reads by offset without a consumer group, commits nothing; the position
 * of a run is in its checkpoints alone.
 */
public final class TrainingRun {
  private static final Logger LOG = LoggerFactory.getLogger(TrainingRun.class);
  private static final Duration CLOSING_OF_A_COMPLETE_RUN = Duration.ofMinutes(10);

  /** Where a run begins. */
  public enum Start {
    /** At the first step; the folder must hold no checkpoints. */
    FRESH,
    /** At the newest checkpoint of the folder, or at the first step if there is none. */
    RESUME
  }

  /**
   * What a run came to.
   *
   * @param position how far it is
   * @param done whether all epochs are done and the student is measured after the last
   * @param evaluation the last measurement, or null if there was none
   * @param student the trained student; null unless done
   */
  public record Result(
      Position position, boolean done, EvaluationReport evaluation, Path student) {}

  private final TrainConfig config;
  private final Start start;
  private final MeterRegistry meters;
  private final Progress.Factory progress;
  private final List<TrainingListener> listeners;
  private final RunState state = new RunState();

  /**
   * @param listeners hear of the run after metrics were written and before a checkpoint is
   */
  public TrainingRun(
      TrainConfig config,
      Start start,
      MeterRegistry meters,
      Progress.Factory progress,
      List<TrainingListener> listeners) {
    this.config = config;
    this.start = start;
    this.meters = meters;
    this.progress = progress;
    this.listeners = List.copyOf(listeners);
  }

  /**
   * Trains on the recordings, or on the dataset, that the configuration names.
   *
   * @throws UserMistakeException if the run cannot be what its configuration says, or another one
   *     writes its folder
   * @throws InterruptedException if this thread is interrupted while it waits for data
   */
  public Result run() throws InterruptedException {
    Path folder = Path.of(config.out());
    checkStart(folder);
    TorchDevice device = TorchDevice.of(config.device());
    LOG.info("run started out={} device={}", folder, device.name());
    ReplayConfig reading =
        config.replay().decided(device.djl().isGpu() ? Dequantise.DEVICE : Dequantise.HOST);
    RecordingSource source =
        config.archives().isEmpty()
            ? new KafkaSource(kafka())
            : new ArchiveSource(config.archives());
    ReplayedViews recordings =
        config.dataset() == null
            ? source.recordings(config.recordings())
            : source.dataset(config.dataset());
    List<Correspondence> matches;
    RunLock lock;
    try {
      matches = Correspondence.require(config, recordings.manifests(), recordings.dataset());
      lock = RunLock.take(folder);
    } catch (RuntimeException e) {
      recordings.close();
      throw e;
    }
    try {
      return run(
          StoredReplay.open(
              source,
              kafka(),
              recordings,
              reading,
              folder,
              studentView(matches, recordings),
              progress,
              state::isStopping),
          folder);
    } finally {
      lock.close();
    }
  }

  private Result run(StoredReplay replay, Path folder) throws InterruptedException {
    try {
      return run(replay, folder, lastCheckpoint(folder));
    } finally {
      boolean isComplete = state.state() == RunState.State.COMPLETE;
      Closing.within(isComplete ? CLOSING_OF_A_COMPLETE_RUN : Closing.SHORT, replay::close);
    }
  }

  /** Trains on a replay that is already open, which stays the caller's to close. */
  public Result run(Replay replay) throws InterruptedException {
    Path folder = Path.of(config.out());
    checkStart(folder);
    RunLock lock = RunLock.take(folder);
    try {
      return run(replay, folder, lastCheckpoint(folder));
    } finally {
      lock.close();
    }
  }

  private Optional<Checkpoint> lastCheckpoint(Path folder) {
    checkStart(folder);
    return Checkpoints.readLast(folder);
  }

  private void checkStart(Path folder) {
    RunFolder files = new RunFolder(folder);
    Optional<Path> last = files.lastCheckpoint();
    if (start == Start.FRESH && last.isPresent()) {
      throw new UserMistakeException(
          "out: "
              + folder
              + " holds checkpoints of a run (the newest is "
              + last.get().getFileName()
              + "); resume it, or choose another folder");
    }
    files.requireFree(config);
  }

  private Result run(Replay replay, Path folder, Optional<Checkpoint> last)
      throws InterruptedException {
    RunFolder files = new RunFolder(folder);
    PeriodicEvaluation evaluation = new PeriodicEvaluation(config.evaluation());
    List<TrainingListener> all = new ArrayList<>();
    all.add(new MetricsFiles(folder));
    all.add(new TensorBoardEvents(folder));
    all.add(new TrainingMeters(meters));
    all.add(new ProgressReport(progress));
    all.add(new RunOutlook(RunOutlook.SLOW_SECONDS));
    all.add(evaluation);
    all.addAll(listeners);
    all.add(new Checkpoints(folder, config.checkpoint()));
    try (Trainer opened = new Trainer(config, replay, all, state)) {
      last.ifPresent(opened::resume);
      files.write(config);
      opened.run();
      Path student = files.student();
      boolean done = opened.isDone() && evaluation.isWhole();
      if (done) {
        state.complete();
        opened.saveStudent(student);
        LOG.info("student written file={}", student);
      }
      return new Result(opened.position(), done, evaluation.last(), done ? student : null);
    } catch (IOException e) {
      throw RunLock.unwritable(folder, e);
    }
  }

  /**
   * Ends the run after the present step, with a checkpoint, or the filling of its store before the
   * first step; may be called from any thread.
   */
  public void stop() {
    state.stop();
  }

  private Map<String, Object> kafka() {
    Map<String, Object> settings = new HashMap<>(config.kafka());
    settings.put("bootstrap.servers", config.bootstrapServers());
    return settings;
  }

  /** What the run wants of its recording. */
  private StudentView studentView(List<Correspondence> matches, ReplayedViews recordings) {
    return new StudentView(
        config.inputNormalization(),
        config.noise(),
        config.classes(),
        kinds(matches, recordings),
        config.split(),
        config.seed(),
        config.batchSize(),
        config.epochs() - config.closeAugment(),
        config.canvas());
  }

  private Map<String, Set<TensorKind>> kinds(
      List<Correspondence> matches, ReplayedViews recordings) {
    TeacherBoxes boxes =
        TeacherBoxes.of(config, recordings.manifests(), config.student().classes());
    boolean unlabelled = recordings.dataset().getUnlabelled().containsKey(config.split());
    Map<String, Set<TensorKind>> kinds = new LinkedHashMap<>();
    for (int teacher = 0; teacher < config.recordings().size(); teacher++) {
      Set<TensorKind> read = EnumSet.noneOf(TensorKind.class);
      read.addAll(matches.get(teacher).kinds());
      read.addAll(boxes.kinds(teacher, unlabelled));
      kinds.put(config.recordings().get(teacher), read);
    }
    return kinds;
  }
}
