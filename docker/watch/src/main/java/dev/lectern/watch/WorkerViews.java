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
        if (view.presence().isAtWork() || seen.nowMs() - received.atMs() < KEPT.toMillis()) {
          views.add(view);
        }
      }
    }
    views.sort(
        Comparator.comparing((WorkerView w) -> !w.presence().isAtWork())
            .thenComparing(WorkerView::recording)
            .thenComparing(WorkerView::worker));
    return List.copyOf(views);
  }

  private static WorkerView view(WorkerStatus w, ReceivedStatus received, long nowMs) {
    Map<String, StageTime> times =
        w.getStages().stream().collect(Collectors.toMap(StageTime::getStage, Function.identity()));
    Presence presence = Presence.of(received, nowMs);
    boolean atWork = presence.isAtWork();
    return new WorkerView(
        w.getWorker(),
        w.getRecording(),
        w.getDataset(),
        w.getDevice(),
        presence,
        w.getBatchSize(),
        Figures.rounded(w.getViewsPerBatch()),
        new WorkerView.Totals(w.getViews(), w.getDeadLetters(), w.getRedeliveries(), w.getBytes()),
        atWork ? Figures.rounded(w.getViewsPerSecond()) : 0,
        atWork ? Figures.rounded(w.getBytesPerSecond()) : 0,
        Figures.rounded(w.getInferenceViewsPerSecond()),
        new WorkerView.Waits(
            share(times.get(TeacherWait.VIEWS.stage())),
            share(times.get(TeacherWait.DECODE.stage())),
            share(times.get(TeacherWait.ENCODE.stage())),
            share(times.get(TeacherWait.PUBLISH.stage()))),
        Stage.of(w.getStages()));
  }

  private static double share(StageTime time) {
    return time == null ? 0 : Figures.rounded(Math.min(1, time.getShare()));
  }
}
