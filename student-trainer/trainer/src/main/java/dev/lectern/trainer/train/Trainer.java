package dev.lectern.trainer.train;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.jni.JniUtils;
import dev.lectern.detector.Detector;
import dev.lectern.detector.device.TorchDevice;
import dev.lectern.detector.layer.GradientMode;
import dev.lectern.detector.layer.Mode;
import dev.lectern.detector.layer.Parameter;
import dev.lectern.detector.network.Outputs;
import dev.lectern.detector.weights.Weights;
import dev.lectern.schemas.config.UserMistakeException;
import dev.lectern.schemas.descriptor.TensorRole;
import dev.lectern.trainer.distil.TrainingProgress;
import dev.lectern.trainer.eval.PixelMeasurement;
import dev.lectern.trainer.family.Objective;
import dev.lectern.trainer.family.TrainedFamily;
import dev.lectern.trainer.objective.Losses;
import dev.lectern.trainer.replay.Batches;
import dev.lectern.trainer.replay.EpochPlan;
import dev.lectern.trainer.replay.Replay;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Trains one student on one replay: load, forward, loss, backward, step, notify. Everything
 * optional listens.
 *
 * <p>All arithmetic on tensors happens on the thread that calls {@link #run}; targets are assembled
 * beside it. Only {@link #stop} may be called from another thread.
 */
public final class Trainer implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Trainer.class);

  private final TrainConfig config;
  private final Replay replay;
  private final List<TrainingListener> listeners;
  private final TorchDevice device;
  private final NDManager manager;
  private final Detector student;
  private final DistillationTerms parts;
  private final List<Parameter> learned;
  private final Optimizer optimizer;
  private final MovingAverage average;
  private final LearningRateSchedule schedule;
  private final boolean needsFeatures;
  private final Objective objective;
  private final TrainedFamily family;
  private final StepInputs inputs;
  private final GradientShares shares;
  private final TeacherBoxes teacherBoxes;
  private final DataWait dataWait = new DataWait();
  private Position position = Position.START;
  private EpochPlan plan;

  /** The plan of a recording that was still open: it cannot be drawn again. */
  private EpochPlan openPlan;

  private final RunState state;

  /**
   * Makes the student and its optimiser.
   *
   * @param replay stays the caller's to close
   * @throws UserMistakeException if student, losses and recording do not suit each other, or the
   *     device is not there
   */
  public Trainer(TrainConfig config, Replay replay, List<TrainingListener> listeners) {
    this(config, replay, listeners, new RunState());
  }

  /**
   * Makes the student and its optimiser.
   *
   * @param state of the run that the trainer works for
   */
  Trainer(TrainConfig config, Replay replay, List<TrainingListener> listeners, RunState state) {
    this.state = state;
    this.config = config;
    this.replay = replay;
    this.listeners = List.copyOf(listeners);
    this.device = TorchDevice.of(config.device());
    this.manager = device.newManager();
    JniUtils.setNumThreads(config.threads());
    LossPlan losses = LossPlan.of(config);
    DistillationSetup setup =
        DistillationSetup.of(config, losses, replay.recordings(), replay.dataset(), manager);
    this.student = setup.student();
    this.needsFeatures = losses.needs().studentFeatures() || student.secondStage().isPresent();
    this.parts = setup.parts();
    this.family = setup.family();
    this.inputs = new StepInputs(setup.matches());
    this.shares = new GradientShares(parts.terms(), losses.onFeatures(), student.parameters());
    this.teacherBoxes = TeacherBoxes.of(config, replay.recordings(), config.student().classes());
    this.learned = new ArrayList<>(student.parameters().learned());
    learned.addAll(parts.learned());
    this.optimizer = Optimizer.of(config.optimizer(), learned, manager);
    this.average =
        config.averageDecay() == 0
            ? null
            : new MovingAverage(config.averageDecay(), student.parameters(), manager);
    this.schedule = new LearningRateSchedule(config.schedule(), config.epochs());
    this.objective = new Objective(family, parts.terms(), config.groundTruthWeight());
    state.onStop(replay::stopWaiting);
  }

  /**
   * Trains until all epochs are done or {@link #stop} was called.
   *
   * <p>Listeners hear of the end also when data cannot be had any more, before the reason is
   * thrown.
   *
   * @throws TrainingDivergedException if a loss is no longer a number
   * @throws InterruptedException if this thread is interrupted while it waits for data
   */
  public void run() throws InterruptedException {
    listeners.forEach(listener -> listener.started(this));
    try {
      runEpochs();
    } catch (StoppedWaitingException e) {
      LOG.info("{} step={}", e.getMessage(), position.globalStep());
    }
    RuntimeException failure = tellEnd(null);
    if (failure != null) {
      throw failure;
    }
  }

  /**
   * Every listener hears of the end, also after one that fails.
   *
   * @param cause of the end; null for none
   * @return what the run fails with: the cause, or the first failure of a listener; null for none
   */
  private RuntimeException tellEnd(RuntimeException cause) {
    RuntimeException first = cause;
    for (TrainingListener listener : listeners) {
      try {
        listener.ended(this);
      } catch (RuntimeException e) {
        if (first == null) {
          first = e;
        } else {
          first.addSuppressed(e);
        }
      }
    }
    return first;
  }

  private void runEpochs() throws InterruptedException {
    while (position.epoch() < config.epochs() && !state.isStopping()) {
      if (plan == null) {
        boolean isOpen = replay.isOpen();
        plan = replay.plan(position.epoch());
        openPlan = isOpen ? plan : null;
      }
      listeners.forEach(listener -> listener.epochStarts(this));
      try (TargetedBatches batches =
          new TargetedBatches(
              replay.batches(plan, position.step()), family, teacherBoxes, dataWait, state)) {
        while (position.step() < plan.steps() && !state.isStopping()) {
          step(batches);
        }
      }
      if (!state.isStopping() && position.step() == plan.steps()) {
        plan = null;
        openPlan = null;
        position = position.afterEpoch();
        endEpoch();
      }
    }
  }

  /** Where the student cannot be measured, what was learned so far is kept first. */
  private void endEpoch() {
    try {
      listeners.forEach(listener -> listener.epochEnded(this));
    } catch (RuntimeException e) {
      throw tellEnd(e);
    }
  }

  /** The next batch; where there is none to be had, what was learned so far is kept first. */
  private TargetedBatches.Targeted next(TargetedBatches batches) throws InterruptedException {
    try {
      return batches.next();
    } catch (StoppedWaitingException e) {
      throw e;
    } catch (RuntimeException e) {
      if (state.isStopping()) {
        LOG.debug("data for the next step is not needed any more", e);
        throw new StoppedWaitingException(e);
      }
      throw tellEnd(e);
    }
  }

  private void step(TargetedBatches batches) throws InterruptedException {
    long start = System.nanoTime();
    double waitedBefore = dataWait.seconds();
    double rate =
        config.optimizer().learningRate() * schedule.factor(position.globalStep(), progress());
    StepReport report;
    try (TargetedBatches.Targeted batch = next(batches);
        NDManager scope = manager.newSubManager()) {
      double waited = dataWait.seconds() - waitedBefore;
      StepInputs.StepInput input = inputs.of(batch, scope);
      Losses losses = GradientMode.recording(() -> forwardAndBackward(input));
      Map<String, Float> values = losses.toFloats();
      double total = checkedTotal(values);
      List<NDArray> gradients = learned.stream().map(p -> p.gradient(scope)).toList();
      double norm = checkedNorm(GradientClipping.clip(gradients, clipLimit()));
      optimizer.step(gradients, rate, scope);
      clearGradients();
      if (average != null) {
        average.update(position.globalStep());
      }
      int epoch = position.epoch();
      position = position.afterStep();
      double seconds = (System.nanoTime() - start) * 1e-9;
      report =
          new StepReport(
              epoch,
              position.globalStep(),
              values,
              total,
              rate,
              norm,
              batch.batch().size(),
              (int) batch.batch().views().stream().filter(v -> !v.getLabelled()).count(),
              batch.pseudoLabels(),
              batch.doubted(),
              seconds,
              waited);
    }
    listeners.forEach(listener -> listener.stepped(this, report));
  }

  private Losses forwardAndBackward(StepInputs.StepInput input) {
    Outputs<NDArray> outputs = student.forward(input.images(), Mode.TRAIN);
    Outputs<NDArray> used = needsFeatures ? outputs : outputs.with(TensorRole.FEATURES, List.of());
    TrainingProgress progress =
        new TrainingProgress(position.globalStep(), progress(), config.epochs());
    Losses losses =
        objective.losses(used, input.teachers(), input.targets(), input.weights(), progress);
    if (shares.measures(progress)) {
      shares.measure(losses, progress);
      clearGradients();
    }
    losses = losses.times(shares.factors());
    NDArray total = losses.total();
    JniUtils.backward((PtNDArray) total, (PtNDArray) total.onesLike(), false, false);
    return losses;
  }

  private double checkedTotal(Map<String, Float> losses) {
    double total = losses.values().stream().mapToDouble(Float::doubleValue).sum();
    if (!Double.isFinite(total)) {
      throw new TrainingDivergedException(
          "step "
              + (position.globalStep() + 1)
              + ": found losses "
              + losses
              + ", expected finite numbers; try a lower learning rate or a longer warm-up");
    }
    return total;
  }

  private double checkedNorm(double norm) {
    if (!Double.isFinite(norm)) {
      throw new TrainingDivergedException(
          "step "
              + (position.globalStep() + 1)
              + ": found a gradient norm of "
              + norm
              + ", expected a finite number; the weights are those of the step before");
    }
    return norm;
  }

  private double clipLimit() {
    return config.gradientClip() == 0 ? Double.POSITIVE_INFINITY : config.gradientClip();
  }

  private void clearGradients() {
    student.parameters().clearGradients();
    parts.stored().clearGradients();
  }

  private double progress() {
    return position.epoch() + (double) position.step() / Math.max(1, plan.steps());
  }

  /**
   * Ends {@link #run} after the present step, or after two seconds of waiting for data; may be
   * called from any thread.
   */
  public void stop() {
    state.stop();
  }

  /**
   * Measures the student on the plain views of a split, with averaged weights if there are any, and
   * tells the listeners.
   *
   * @throws StoppedWaitingException if the run is stopping and there is no data
   * @throws InterruptedException if this thread is interrupted while it waits for data
   */
  public EvaluationReport evaluate(String split) throws InterruptedException {
    EvaluationReport report;
    useAverage();
    try (Batches batches = new StoppableBatches(() -> replay.evaluation(split), state)) {
      report = family.learnsPixels() ? ofPixels(split, batches) : ofBoxes(split, batches);
    } catch (StoppedWaitingException e) {
      throw e;
    } catch (RuntimeException e) {
      if (state.isStopping()) {
        LOG.debug("the student is not measured any more", e);
        throw new StoppedWaitingException(e);
      }
      throw e;
    } finally {
      useAverage();
    }
    listeners.forEach(listener -> listener.evaluated(this, report));
    return report;
  }

  private EvaluationReport ofBoxes(String split, Batches batches) throws InterruptedException {
    EvaluationConfig evaluation = config.evaluation();
    StudentEvaluator.Result result =
        new StudentEvaluator(
                student, replay.dataset(), evaluation.limits(), evaluation.coordinates())
            .evaluate(batches);
    return new EvaluationReport(
        position.epoch(),
        position.globalStep(),
        split,
        result.images(),
        result.metrics(),
        result.measured());
  }

  private EvaluationReport ofPixels(String split, Batches batches) throws InterruptedException {
    PixelMeasurement measured = new PixelEvaluator(student, replay.dataset()).evaluate(batches);
    return new EvaluationReport(
        position.epoch(),
        position.globalStep(),
        split,
        measured.images(),
        measured.figures(),
        null);
  }

  /** Exchanges live and averaged weights, where there are averages. */
  private void useAverage() {
    if (average != null) {
      average.swap();
    }
  }

  /**
   * Writes the trained student, averaged if it has averages, for use without this trainer.
   *
   * @throws IOException if the file cannot be written
   */
  public void saveStudent(Path file) throws IOException {
    useAverage();
    try {
      Weights.save(student, file);
    } finally {
      useAverage();
    }
  }

  /** The run's settings. */
  public TrainConfig config() {
    return config;
  }

  /** What it learns from. */
  public Replay replay() {
    return replay;
  }

  /** Seconds that steps have waited for data so far, the present one included; from any thread. */
  public double waitedSeconds() {
    return dataWait.seconds();
  }

  /** What it computes on. */
  public TorchDevice device() {
    return device;
  }

  /** The network that is being trained. */
  public Detector student() {
    return student;
  }

  /** How far the run is. */
  public Position position() {
    return position;
  }

  /** Steps of the present epoch; 0 between epochs. */
  public int stepsOfEpoch() {
    return plan == null ? 0 : plan.steps();
  }

  /** Whether all epochs are done. */
  public boolean isDone() {
    return position.epoch() >= config.epochs();
  }

  void notifyCheckpoint(Path file) {
    listeners.forEach(listener -> listener.checkpointed(this, file));
  }

  /** The state from which a run can go on. */
  Checkpoint checkpoint() {
    return Checkpoint.of(
        config,
        replay,
        position,
        openPlan,
        shares.measured(),
        student,
        parts.stored(),
        optimizer,
        average);
  }

  /**
   * Goes on from a state; call before {@link #run}.
   *
   * @throws UserMistakeException if the state is of another run
   */
  public void resume(Checkpoint checkpoint) {
    checkpoint.requireSameRun(config, replay);
    checkpoint.restore(student, parts.stored(), optimizer, average);
    shares.restore(checkpoint.shares());
    position = checkpoint.position();
    plan = checkpoint.plan(config.batchSize());
    openPlan = plan;
  }

  @Override
  public void close() {
    optimizer.close();
    if (average != null) {
      average.close();
    }
    student.close();
    manager.close();
  }
}
