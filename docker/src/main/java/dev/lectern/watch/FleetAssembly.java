package dev.lectern.watch;

import dev.lectern.schemas.record.ApPoint;
import dev.lectern.schemas.record.CurvePoint;
import dev.lectern.schemas.record.DatasetManifest;
import dev.lectern.schemas.record.LedgerStatus;
import dev.lectern.schemas.record.RecordingManifest;
import dev.lectern.schemas.record.RunStatus;
import dev.lectern.schemas.record.StageTime;
import dev.lectern.schemas.record.State;
import dev.lectern.schemas.record.WorkerStatus;
import dev.lectern.schemas.serde.Status;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Collectors;

/** Puts together what the topics said; a function of its input alone. */
final class FleetAssembly {
  private static final Duration WORKERS_KEPT = Duration.ofHours(1);
  private static final int MAX_ENDED_RUNS = 50;
  private static final long MEASURED_MS = 4_000;

  private final Observations seen;
  private final List<WorkerView> workers;
  private final Map<String, Boolean> measured = new TreeMap<>();
  private final List<RunView> runs;
  private final List<RecordingView> recordings;

  private FleetAssembly(Observations seen) {
    this.seen = seen;
    this.workers = workers();
    this.runs = runs();
    this.recordings = seen.recordings().stream().map(this::recording).toList();
  }

  /**
   * @param finishBy null if nobody asked for a time
   */
  static FleetView assemble(Observations seen, String bootstrapServers, Instant finishBy) {
    FleetAssembly all = new FleetAssembly(seen);
    Instant now = Instant.ofEpochMilli(seen.nowMs());
    List<Load> loads = all.recordings.stream().map(all::load).toList();
    return new FleetView(
        FleetView.VERSION,
        now.toString(),
        bootstrapServers,
        seen.datasets().stream().map(all::dataset).toList(),
        all.recordings,
        all.workers,
        all.runs,
        loads.stream().map(Adviser::advise).flatMap(Optional::stream).toList(),
        finishBy == null ? null : FinishBy.of(finishBy, now, loads));
  }

  private DatasetView dataset(DatasetManifest d) {
    boolean open = d.getState() == State.OPEN;
    return new DatasetView(
        d.getName(),
        label(d.getState()),
        d.getImages(),
        open
            ? Math.max(d.getViews(), seen.catalogued().getOrDefault(d.getName(), 0L))
            : d.getViews(),
        d.getObjects(),
        d.getViewsPerImage(),
        d.getClassNames().size(),
        d.getWidth(),
        d.getHeight(),
        new TreeMap<>(d.getSplits()),
        new TreeMap<>(d.getProblems()),
        time(d.getUpdatedAt()));
  }

  private Optional<DatasetManifest> datasetOf(String name) {
    return seen.datasets().stream().filter(d -> d.getName().equals(name)).findAny();
  }

  private RecordingView recording(RecordingManifest r) {
    boolean sealed = r.getState() == State.SEALED;
    Optional<Heard> heard =
        seen.statuses().stream().filter(h -> isLedgerOf(h.status(), r)).findAny();
    LedgerStatus ledger = heard.map(h -> ((Status.OfLedger) h.status()).value()).orElse(null);
    String ledgerState = heard.map(h -> Silence.state(h, seen.nowMs())).orElse("none");
    boolean counted = !sealed && ledger != null;
    long expected = sealed ? r.getExpected() : expected(r, ledger);
    long recorded = sealed ? r.getRecorded() : counted ? ledger.getRecorded() : 0;
    long dead = sealed ? r.getDeadLettered() : counted ? ledger.getDeadLettered() : 0;
    long remaining = sealed ? 0 : Math.max(0, expected - recorded - dead);
    double rate =
        counted && Silence.isAtWork(ledgerState) ? Figures.rounded(ledger.getViewsPerSecond()) : 0;
    SortedMap<String, Long> bytes = new TreeMap<>();
    Map<String, Long> perKind =
        sealed ? r.getBytesPerKind() : counted ? ledger.getBytesPerKind() : Map.of();
    perKind.forEach((kind, n) -> bytes.put(kind.toLowerCase(Locale.ROOT).replace('_', '-'), n));
    return new RecordingView(
        r.getName(),
        label(r.getState()),
        r.getDataset(),
        r.getDescriptor().getName(),
        ledgerState,
        expected,
        recorded,
        dead,
        remaining,
        sealed ? 1 : expected == 0 ? 0 : Figures.rounded((recorded + dead) / (double) expected),
        rate,
        rate > 0 && remaining > 0 ? Figures.rounded(remaining / rate) : null,
        bytes.values().stream().mapToLong(Long::longValue).sum(),
        bytes,
        ledger == null ? 0 : ledger.getDuplicates(),
        ledger == null ? 0 : ledger.getRejected(),
        (int) workersOf(r.getName()).count(),
        seen.causes().getOrDefault(r.getName(), List.of()),
        time(r.getCreatedAt()),
        sealed ? time(r.getSealedAt()) : null);
  }

  /** A ledger of an earlier recording of the same name does not count. */
  private static boolean isLedgerOf(Status status, RecordingManifest recording) {
    return status instanceof Status.OfLedger ledger
        && ledger.value().getRecording().equals(recording.getName())
        && ledger.value().getRecordingCreatedAt() == recording.getCreatedAt();
  }

  private long expected(RecordingManifest r, LedgerStatus ledger) {
    Optional<DatasetManifest> sealed =
        datasetOf(r.getDataset()).filter(d -> d.getState() == State.SEALED);
    if (sealed.isPresent()) {
      return sealed.get().getViews();
    }
    long catalogued = seen.catalogued().getOrDefault(r.getDataset(), 0L);
    return ledger == null ? catalogued : Math.max(catalogued, ledger.getExpected());
  }

  private java.util.stream.Stream<WorkerView> workersOf(String recording) {
    return workers.stream().filter(w -> w.recording().equals(recording) && w.isAtWork());
  }

  private List<WorkerView> workers() {
    List<WorkerView> views = new ArrayList<>();
    for (Heard heard : seen.statuses()) {
      if (heard.status() instanceof Status.OfWorker worker) {
        WorkerView view = worker(worker.value(), heard);
        if (view.isAtWork() || seen.nowMs() - heard.atMs() < WORKERS_KEPT.toMillis()) {
          views.add(view);
          measured.put(heard.status().key(), worker.value().getWindowMs() >= MEASURED_MS);
        }
      }
    }
    views.sort(
        Comparator.comparing((WorkerView w) -> !w.isAtWork())
            .thenComparing(WorkerView::recording)
            .thenComparing(WorkerView::worker));
    return List.copyOf(views);
  }

  private WorkerView worker(WorkerStatus w, Heard heard) {
    Map<String, StageTime> times =
        w.getStages().stream().collect(Collectors.toMap(StageTime::getStage, Function.identity()));
    String state = Silence.state(heard, seen.nowMs());
    boolean atWork = Silence.isAtWork(state);
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
        share(times.get("wait-views")),
        share(times.get("wait-decode")),
        share(times.get("wait-encode")),
        share(times.get("wait-publish")),
        stages(w.getStages()),
        time(w.getHeartbeat().getStartedAt()),
        time(heard.atMs()));
  }

  private static Map<String, WorkerView.Stage> stages(List<StageTime> times) {
    Map<String, WorkerView.Stage> stages = new LinkedHashMap<>();
    for (StageTime time : times) {
      if (!time.getStage().startsWith("wait-")) {
        stages.put(
            time.getStage(),
            new WorkerView.Stage(
                Figures.rounded(time.getMillisPerView()), Figures.rounded(time.getShare())));
      }
    }
    return stages;
  }

  private static double share(StageTime time) {
    return time == null ? 0 : Figures.rounded(Math.min(1, time.getShare()));
  }

  private List<RunView> runs() {
    List<RunView> all = new ArrayList<>();
    for (Heard heard : seen.statuses()) {
      if (heard.status() instanceof Status.OfRun run) {
        all.add(run(run.value(), heard));
        measured.put(heard.status().key(), run.value().getWindowMs() >= MEASURED_MS);
      }
    }
    all.sort(
        Comparator.comparing((RunView r) -> !r.isAtWork())
            .thenComparing(RunView::startedAt, Comparator.reverseOrder())
            .thenComparing(RunView::id));
    long atWork = all.stream().filter(RunView::isAtWork).count();
    return all.stream().limit(atWork + MAX_ENDED_RUNS).toList();
  }

  private RunView run(RunStatus r, Heard heard) {
    String state = Silence.state(heard, seen.nowMs());
    boolean atWork = Silence.isAtWork(state);
    double rate = atWork ? r.getImagesPerSecond() : 0;
    double fraction = r.getStepsOfEpoch() == 0 ? 0 : r.getStep() / (double) r.getStepsOfEpoch();
    double epochsLeft = Math.max(0, r.getEpochs() - r.getEpoch() - fraction);
    RunView.Curve curve = curve(r);
    CurvePoint newest = r.getCurve().isEmpty() ? null : r.getCurve().get(r.getCurve().size() - 1);
    Map<String, Double> losses = new LinkedHashMap<>();
    if (newest != null) {
      for (int i = 0; i < newest.getLosses().size(); i++) {
        losses.put(r.getLosses().get(i), Figures.rounded(newest.getLosses().get(i)));
      }
    }
    List<RunView.Evaluation> evaluations =
        r.getEvaluations().stream().map(FleetAssembly::evaluation).toList();
    return new RunView(
        r.getId(),
        r.getName(),
        List.copyOf(r.getRecordings()),
        r.getStudent(),
        r.getHeartbeat().getHost(),
        r.getDevice(),
        state,
        r.getHeartbeat().getCause(),
        r.getEpochs(),
        r.getEpoch(),
        r.getStep(),
        r.getStepsOfEpoch(),
        r.getGlobalStep(),
        Figures.rounded(1 - epochsLeft / Math.max(1, r.getEpochs())),
        r.getBatchSize(),
        Figures.rounded(rate),
        atWork ? Figures.rounded(r.getWaitShare()) : 0,
        atWork ? stages(r.getStages()) : Map.of(),
        Figures.rounded(r.getLearningRate()),
        rate > 0 && stepsPerEpoch(r) > 0
            ? Figures.rounded(epochsLeft * stepsPerEpoch(r) * r.getBatchSize() / rate)
            : null,
        newest == null ? null : Figures.rounded(newest.getTotal()),
        losses,
        curve,
        evaluations,
        evaluations.isEmpty() ? null : evaluations.get(evaluations.size() - 1).ap(),
        time(r.getHeartbeat().getStartedAt()),
        time(heard.atMs()));
  }

  /** Between epochs, where a run is measured, as many as those before had; 0 while unknown. */
  private static double stepsPerEpoch(RunStatus r) {
    if (r.getStepsOfEpoch() > 0) {
      return r.getStepsOfEpoch();
    }
    return r.getEpoch() == 0 ? 0 : r.getGlobalStep() / (double) r.getEpoch();
  }

  private static RunView.Curve curve(RunStatus r) {
    List<CurvePoint> points = r.getCurve();
    Map<String, List<Double>> losses = new LinkedHashMap<>();
    for (int i = 0; i < r.getLosses().size(); i++) {
      int loss = i;
      losses.put(
          r.getLosses().get(i),
          points.stream().map(p -> Figures.rounded(p.getLosses().get(loss))).toList());
    }
    return new RunView.Curve(
        points.stream().map(CurvePoint::getStep).toList(),
        points.stream().map(p -> Figures.rounded(p.getEpoch())).toList(),
        points.stream().map(p -> Figures.rounded(p.getTotal())).toList(),
        losses);
  }

  private static RunView.Evaluation evaluation(ApPoint p) {
    return new RunView.Evaluation(
        p.getEpoch(),
        p.getStep(),
        Figures.rounded(p.getAp()),
        Figures.rounded(p.getAp50()),
        Figures.rounded(p.getAp75()));
  }

  private Load load(RecordingView r) {
    List<WorkerView> present = workersOf(r.name()).toList();
    List<Load.Worker> known =
        present.stream()
            .filter(w -> measured.get(Status.keyOfWorker(w.recording(), w.worker())))
            .map(
                w ->
                    new Load.Worker(
                        w.viewsPerSecond(),
                        w.bytesPerSecond(),
                        w.inferenceViewsPerSecond(),
                        Map.of(
                            Load.Wait.VIEWS,
                            w.waitViews(),
                            Load.Wait.DECODE,
                            w.waitDecode(),
                            Load.Wait.ENCODE,
                            w.waitEncode(),
                            Load.Wait.PUBLISH,
                            w.waitPublish())))
            .toList();
    List<RunView> atWork =
        runs.stream().filter(run -> run.isAtWork() && run.recordings().contains(r.name())).toList();
    List<RunView> learning =
        atWork.stream().filter(run -> measured.get(Status.keyOfRun(run.id()))).toList();
    return new Load(
        r.name(),
        r.state().equals("open"),
        datasetOf(r.dataset()).map(d -> d.getState() == State.OPEN).orElse(false),
        Silence.isAtWork(r.ledger()),
        r.remaining(),
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
    WorkerView.Stage found = run.stages().get(stage);
    return found == null ? 0 : found.share();
  }

  private static String label(State state) {
    return state.name().toLowerCase(Locale.ROOT);
  }

  private static String time(long ms) {
    return Instant.ofEpochMilli(ms).toString();
  }
}
