package dev.lectern.watch;

import dev.lectern.schemas.record.StageTime;
import dev.lectern.schemas.record.WorkerStatus;
import dev.lectern.schemas.serde.Status;
import dev.lectern.schemas.status.TeacherWait;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;

/** What is known of teacher workers, from their heartbeats. */
final class WorkerViews {
  private static final Duration KEPT = Duration.ofHours(1);

  private WorkerViews() {}

  /** Those at work first; who has been silent for long is left out. */
  static List<WorkerView> of(Observations seen) {
    List<WorkerView> views = new ArrayList<>();
    for (ReceivedStatus received : seen.statuses()) {
      if (received.status() instanceof Status.OfWorker worker) {
        WorkerView view = view(worker.value(), received, seen.nowMs());
        if (view.isAtWork() || seen.nowMs() - received.atMs() < KEPT.toMillis()) {
          views.add(view);
        }
      }
    }
    views.sort(
        Comparator.comparing((WorkerView w) -> !w.isAtWork())
            .thenComparing(WorkerView::recording)
            .thenComparing(WorkerView::worker));
    return List.copyOf(views);
  }

  private static WorkerView view(WorkerStatus w, ReceivedStatus received, long nowMs) {
    Map<String, StageTime> times =
        w.getStages().stream().collect(Collectors.toMap(StageTime::getStage, Function.identity()));
    String state = SenderState.state(received, nowMs);
    boolean atWork = SenderState.isAtWork(state);
    return new WorkerView(
        w.getWorker(),
        w.getRecording(),
        w.getDataset(),
        w.getHeartbeat().getHost(),
        w.getDevice(),
        state,
        w.getHeartbeat().getCause(),
        w.getBatchSize(),
        Figures.rounded(w.getViewsPerBatch()),
        w.getViews(),
        w.getDeadLetters(),
        w.getRedeliveries(),
        w.getBytes(),
        atWork ? Figures.rounded(w.getViewsPerSecond()) : 0,
        atWork ? Figures.rounded(w.getBytesPerSecond()) : 0,
        Figures.rounded(w.getInferenceViewsPerSecond()),
        share(times.get(TeacherWait.VIEWS.stage())),
        share(times.get(TeacherWait.DECODE.stage())),
        share(times.get(TeacherWait.ENCODE.stage())),
        share(times.get(TeacherWait.PUBLISH.stage())),
        Stage.of(w.getStages()),
        JsonText.time(w.getHeartbeat().getStartedAt()),
        JsonText.time(received.atMs()));
  }

  private static double share(StageTime time) {
    return time == null ? 0 : Figures.rounded(Math.min(1, time.getShare()));
  }
}
