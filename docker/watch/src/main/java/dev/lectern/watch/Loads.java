package dev.lectern.watch;

import dev.lectern.schemas.record.State;
import dev.lectern.schemas.serde.Status;
import dev.lectern.schemas.status.TeacherWait;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/** How busy everyone is, by recording; who came just now is not judged yet. */
final class Loads {
  private static final long MEASURED_MS = 4_000;

  private final Observations seen;
  private final List<WorkerView> workers;
  private final List<RunView> runs;
  private final Set<String> measured;

  Loads(Observations seen, List<WorkerView> workers, List<RunView> runs) {
    this.seen = seen;
    this.workers = workers;
    this.runs = runs;
    this.measured =
        seen.statuses().stream()
            .map(ReceivedStatus::status)
            .filter(status -> windowMs(status) >= MEASURED_MS)
            .map(Status::key)
            .collect(Collectors.toSet());
  }

  /** For how long a sender has measured itself. */
  private static long windowMs(Status status) {
    if (status instanceof Status.OfWorker worker) {
      return worker.value().getWindowMs();
    }
    return status instanceof Status.OfRun run ? run.value().getWindowMs() : 0;
  }

  /** How busy a recording and all that work on it are. */
  Load of(RecordingView r) {
    List<WorkerView> present = workers.stream().filter(w -> w.isAtWorkOn(r.name())).toList();
    List<Load.Worker> known =
        present.stream()
            .filter(w -> measured.contains(Status.keyOfWorker(w.recording(), w.worker())))
            .map(
                w ->
                    new Load.Worker(
                        w.viewsPerSecond(),
                        w.bytesPerSecond(),
                        w.inferenceViewsPerSecond(),
                        Map.of(
                            TeacherWait.VIEWS,
                            w.waits().waitViews(),
                            TeacherWait.DECODE,
                            w.waits().waitDecode(),
                            TeacherWait.ENCODE,
                            w.waits().waitEncode(),
                            TeacherWait.PUBLISH,
                            w.waits().waitPublish())))
            .toList();
    List<RunView> atWork =
        runs.stream()
            .filter(run -> run.presence().isAtWork() && run.recordings().contains(r.name()))
            .toList();
    List<RunView> learning =
        atWork.stream().filter(run -> measured.contains(Status.keyOfRun(run.id()))).toList();
    return new Load(
        r.name(),
        r.state().equals("open"),
        seen.dataset(r.dataset()).map(d -> d.getState() == State.OPEN).orElse(false),
        Presence.isAtWork(r.ledger()),
        r.counts().remaining(),
        known,
        present.size() - known.size(),
        learning.stream()
            .map(
                run ->
                    new Load.Run(
                        run.name(),
                        run.imagesPerSecond(),
                        run.dataWaitShare(),
                        replay(run),
                        run.etaSeconds()))
            .toList(),
        atWork.size() - learning.size());
  }

  private static Load.Replay replay(RunView run) {
    return new Load.Replay(
        threadShare(run, "log"),
        run.stages().containsKey("store") ? threadShare(run, "store") : null,
        threadShare(run, "decode"));
  }

  private static double threadShare(RunView run, String stage) {
    Stage found = run.stages().get(stage);
    return found == null ? 0 : found.share();
  }
}
