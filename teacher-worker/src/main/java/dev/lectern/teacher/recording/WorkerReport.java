package dev.lectern.teacher.recording;

import dev.lectern.schemas.record.Heartbeat;
import dev.lectern.schemas.record.StageTime;
import dev.lectern.schemas.record.WorkerStatus;
import dev.lectern.schemas.serde.Status;
import dev.lectern.schemas.status.RateWindow;
import dev.lectern.schemas.status.StatusSource;
import dev.lectern.schemas.status.TeacherWait;
import dev.lectern.teacher.model.Teacher;
import dev.lectern.teacher.recording.WorkerMetrics.Part;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** The status of a worker: totals since its start, rates of the last half minute. */
final class WorkerReport implements StatusSource {
  private static final Duration WINDOW = Duration.ofSeconds(30);
  private static final int VIEWS = 0;
  private static final int BYTES = 1;
  private static final int INFERENCES = 2;
  private static final int BATCHES = 3;
  private static final int BATCHED = 4;
  private static final int FIRST_STAGE = 5;
  private static final int FIRST_WAIT = FIRST_STAGE + Part.values().length;
  private static final int TOTALS = FIRST_WAIT + TeacherWait.values().length;

  private final TeachConfig config;
  private final String teacherId;
  private final int batchSize;
  private final WorkerMetrics metrics;
  private final RateWindow window = new RateWindow(WINDOW);
  private double inferenceRate;
  private double viewsPerBatch;

  WorkerReport(TeachConfig config, Teacher teacher, WorkerMetrics metrics) {
    this.config = config;
    this.teacherId = teacher.id();
    this.batchSize = teacher.batchSize();
    this.metrics = metrics;
  }

  @Override
  public Status status(Heartbeat heartbeat) {
    window.add(System.nanoTime(), totals());
    double inferences = window.growth(INFERENCES);
    double inferenceSeconds = window.growth(FIRST_STAGE + Part.INFERENCE.ordinal());
    if (inferences > 0 && inferenceSeconds > 0) {
      // A batch that is not full takes as long: it is padded.
      inferenceRate = batchSize * inferences / inferenceSeconds;
    }
    if (window.growth(BATCHES) > 0) {
      viewsPerBatch = window.growth(BATCHED) / window.growth(BATCHES);
    }
    return new Status.OfWorker(
        new WorkerStatus(
            heartbeat,
            config.worker(),
            config.recording(),
            config.dataset(),
            teacherId,
            config.device(),
            batchSize,
            metrics.recordedViews(),
            metrics.deadLetters(),
            metrics.redeliveries(),
            metrics.payloadBytes(),
            window.millis(),
            window.perSecond(VIEWS),
            window.perSecond(BYTES),
            inferenceRate,
            viewsPerBatch,
            stages()));
  }

  private double[] totals() {
    double[] totals = new double[TOTALS];
    totals[VIEWS] = metrics.recordedViews();
    totals[BYTES] = metrics.payloadBytes();
    totals[INFERENCES] = metrics.inferences();
    totals[BATCHES] = metrics.batches();
    totals[BATCHED] = metrics.batchedViews();
    for (Part stage : Part.values()) {
      totals[FIRST_STAGE + stage.ordinal()] = metrics.seconds(stage);
    }
    for (TeacherWait wait : TeacherWait.values()) {
      totals[FIRST_WAIT + wait.ordinal()] = metrics.seconds(wait);
    }
    return totals;
  }

  private List<StageTime> stages() {
    List<StageTime> times = new ArrayList<>();
    for (Part stage : Part.values()) {
      times.add(time(stage.name().toLowerCase(Locale.ROOT), FIRST_STAGE + stage.ordinal()));
    }
    for (TeacherWait wait : TeacherWait.values()) {
      times.add(time(wait.stage(), FIRST_WAIT + wait.ordinal()));
    }
    return times;
  }

  private StageTime time(String name, int total) {
    double views = window.growth(VIEWS);
    return new StageTime(
        name, views > 0 ? window.growth(total) * 1e3 / views : 0, window.perSecond(total));
  }
}
