package dev.lectern.teacher.ledger;

import dev.lectern.schemas.config.UserMistakeException;
import dev.lectern.schemas.log.BrokerWait;
import dev.lectern.schemas.log.ManifestStore;
import dev.lectern.schemas.progress.Progress;
import dev.lectern.schemas.record.DatasetManifest;
import dev.lectern.schemas.record.RecordingManifest;
import dev.lectern.schemas.record.State;
import dev.lectern.schemas.status.Heartbeats;
import dev.lectern.schemas.status.Liveness;
import dev.lectern.schemas.status.Pulse;
import dev.lectern.schemas.topic.RecordingTopics;
import dev.lectern.schemas.topic.Topics;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.ToDoubleFunction;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.Uuid;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One ledger instance, from waiting for its recording to having it sealed.
 *
 * <p>Any number may run for one recording: partitions are shared among them, and the instance that
 * keeps the counts seals. Single use: {@link #run()} once, {@link #stop()} from any thread.
 */
public final class LedgerApp {
  private static final Logger LOG = LoggerFactory.getLogger(LedgerApp.class);
  private static final Duration TICK = Duration.ofMillis(500);

  private final LedgerConfig config;
  private final Map<String, Object> client;
  private final BrokerWait broker;
  private final Progress.Factory progress;
  private final Heartbeats heartbeats;
  private final CountDownLatch stopped = new CountDownLatch(1);
  private final Liveness liveness = new Liveness();
  private volatile LedgerCounts counts = LedgerCounts.ZERO;
  private volatile double lag;
  private volatile double fleetLag = Double.NaN;

  /** Where the catalog of a sealed dataset ends; empty while it is published. */
  private volatile Map<String, Long> datasetEnds = Map.of();

  private final AtomicLong passedOver = new AtomicLong();
  private final Looks looks = new Looks(System::nanoTime);

  /**
   * @param client Kafka client properties, at least {@code bootstrap.servers}
   * @param progress shows recorded of expected views
   * @param meters gets {@code lectern.ledger.*}
   */
  public LedgerApp(
      LedgerConfig config, Map<String, ?> client, Progress.Factory progress, MeterRegistry meters) {
    this(config, client, progress, meters, Heartbeats.NONE);
  }

  /**
   * As above, for a ledger that can be watched.
   *
   * @param heartbeats where it reports how far the recording is
   */
  public LedgerApp(
      LedgerConfig config,
      Map<String, ?> client,
      Progress.Factory progress,
      MeterRegistry meters,
      Heartbeats heartbeats) {
    this.config = config;
    this.client = new HashMap<>(client);
    this.broker = BrokerWait.of(client);
    this.progress = progress;
    this.heartbeats = heartbeats;
    gauge(meters, "expected", "views of the dataset", app -> app.counts.expected());
    gauge(meters, "recorded", "views with a valid receipt", app -> app.counts.recorded());
    gauge(meters, "dead.letters", "views given up", app -> app.counts.deadLettered());
    gauge(meters, "duplicates", "receipts beyond the first", app -> app.counts.duplicates());
    gauge(meters, "rejected", "receipts refused", app -> app.counts.rejected());
    gauge(meters, "passed.over", "records that do not decode", app -> app.passedOver.get());
    gauge(meters, "lag", "records not read yet", app -> app.lag);
    gauge(meters, "backlog", "views neither recorded nor given up", app -> app.counts.backlog());
    gauge(meters, "fleet.lag", "views no worker has settled", app -> app.fleetLag);
    gauge(meters, "silence", "seconds since it last looked", app -> app.liveness.silentSeconds());
  }

  private void gauge(
      MeterRegistry meters, String what, String description, ToDoubleFunction<LedgerApp> value) {
    Gauge.builder("lectern.ledger." + what, this, value)
        .description(description)
        .tag("recording", config.recording())
        .register(meters);
  }

  /**
   * Blocks until stopped or, if so configured, until the recording is sealed.
   *
   * @return whether the recording is sealed
   * @throws UserMistakeException if the recording names a dataset that does not exist, or was
   *     deleted meanwhile, or the directory for local state cannot be used
   * @throws EmptyRecordingException if it is to end with the seal, and none of the views could be
   *     recorded
   * @throws KafkaException if the broker is away for longer than it is waited for, or the topology
   *     fails; with its cause
   */
  public boolean run() throws InterruptedException {
    StateDirectory.prepare(config.stateDir());
    try (ManifestStore manifests = new ManifestStore(broker.client())) {
      RecordingManifest manifest = awaitManifest(manifests);
      if (manifest == null) {
        return false;
      }
      if (manifest.getState() == State.OPEN) {
        String dataset = manifest.getDataset();
        DatasetManifest found = broker.retry(() -> manifests.requireDataset(dataset));
        if (found == null) {
          return false;
        }
        datasetEnds = found.getEndOffsets();
        manifest = keepUntilSealed(manifests, manifest);
      }
      if (manifest != null) {
        counts = counts.sealed(manifest);
        lag = 0;
        fleetLag = 0;
        LOG.info(
            "recording is sealed recording={} recorded={} deadLettered={} digest={}",
            manifest.getName(),
            manifest.getRecorded(),
            manifest.getDeadLettered(),
            manifest.getDigest());
        liveness.rest();
        if (config.lifetime() == LedgerConfig.Lifetime.UNTIL_STOPPED) {
          stopped.await();
        }
      }
      return manifest != null;
    }
  }

  /** Lets {@link #run()} return soon; may be called at any time and more than once. */
  public void stop() {
    stopped.countDown();
    broker.stop();
  }

  private RecordingManifest awaitManifest(ManifestStore manifests) throws InterruptedException {
    Optional<RecordingManifest> found = find(manifests);
    if (found.isEmpty()) {
      LOG.info(
          "waiting for the recording; its first teacher worker opens it recording={}",
          config.recording());
    }
    while (found.isEmpty() && !isStopped(TICK)) {
      found = find(manifests);
    }
    return found.orElse(null);
  }

  private Optional<RecordingManifest> find(ManifestStore manifests) throws InterruptedException {
    Optional<RecordingManifest> found = broker.retry(() -> manifests.recording(config.recording()));
    return found == null ? Optional.empty() : found;
  }

  /** Returns the sealed manifest, or null if stopped before. */
  private RecordingManifest keepUntilSealed(ManifestStore manifests, RecordingManifest open)
      throws InterruptedException {
    Uuid receiptsTopic = ensureTopics(open);
    try (StateDirectory state =
        StateDirectory.open(config.stateDir(), open.getName(), receiptsTopic)) {
      if (config.localState() == LedgerConfig.LocalState.RESET) {
        state.wipe();
      }
      LOG.info(
          "ledger started recording={} dataset={} teacher={} stateDir={}",
          open.getName(),
          open.getDataset(),
          open.getTeacherId(),
          state.path());
      try (LedgerStreams streams =
              new LedgerStreams(client, open, state.path(), () -> datasetEnds, passedOver);
          FleetLag fleet = new FleetLag(broker.client(), open);
          Progress shown = progress.start("ledger " + open.getName(), "views", -1)) {
        return follow(manifests, open, streams, fleet, shown);
      }
    }
  }

  private Uuid ensureTopics(RecordingManifest open) throws InterruptedException {
    String receipts = Topics.receipts(open.getName()).name();
    try (Admin admin = Admin.create(client)) {
      RecordingTopics.ensure(admin, open.getName(), open.getDataset());
      return admin
          .describeTopics(List.of(receipts))
          .topicNameValues()
          .get(receipts)
          .get()
          .topicId();
    } catch (ExecutionException e) {
      throw new KafkaException(
          "topic " + receipts + " cannot be described: " + e.getCause().getMessage(), e.getCause());
    }
  }

  private RecordingManifest follow(
      ManifestStore manifests,
      RecordingManifest open,
      LedgerStreams streams,
      FleetLag fleet,
      Progress shown)
      throws InterruptedException {
    LedgerReport report = new LedgerReport(open.getName(), open.getCreatedAt(), passedOver::get);
    try (Pulse pulse = heartbeats.start(report)) {
      try {
        return follow(manifests, open, streams, fleet, shown, report);
      } catch (RuntimeException e) {
        pulse.failed(e);
        throw e;
      }
    }
  }

  private RecordingManifest follow(
      ManifestStore manifests,
      RecordingManifest open,
      LedgerStreams streams,
      FleetLag fleet,
      Progress shown,
      LedgerReport report)
      throws InterruptedException {
    Seal seal = new Seal(broker.client(), manifests, config.empty());
    while (!isStopped(TICK)) {
      try {
        RecordingManifest present = poll(manifests, open, streams, fleet, shown, report, seal);
        broker.answered();
        if (present.getState() == State.SEALED) {
          return present;
        }
      } catch (KafkaException e) {
        broker.failed(e);
      }
    }
    return null;
  }

  /** Counts, and seals if all is there; the manifest as it was found. */
  private RecordingManifest poll(
      ManifestStore manifests,
      RecordingManifest open,
      LedgerStreams streams,
      FleetLag fleet,
      Progress shown,
      LedgerReport report,
      Seal seal)
      throws InterruptedException {
    lag = streams.lag();
    fleetLag = fleet.records();
    RecordingManifest present = manifests.requireRecording(open.getName());
    if (present.getState() == State.SEALED) {
      show(shown, present.getRecorded(), present.getDeadLettered(), present.getExpected());
      return present;
    }
    if (!present.getTeacherId().equals(open.getTeacherId())
        || !present.getDataset().equals(open.getDataset())) {
      throw new UserMistakeException(
          "recording '"
              + open.getName()
              + "' was replaced: found teacher "
              + present.getTeacherId()
              + ", started with "
              + open.getTeacherId());
    }
    DatasetManifest dataset = manifests.requireDataset(open.getDataset());
    datasetEnds = dataset.getEndOffsets();
    Optional<LedgerCounts> kept = streams.counts();
    report.counted(kept);
    if (kept.isPresent()) {
      LedgerCounts now = kept.get();
      long expected = dataset.getState() == State.SEALED ? dataset.getViews() : now.expected();
      show(shown, now.recorded(), now.deadLettered(), expected);
      counts = now;
      if (isWorthALook(now, open, dataset)) {
        seal.trySeal(open, dataset);
        if (seal.refusal() != null && config.lifetime() == LedgerConfig.Lifetime.UNTIL_SEALED) {
          throw new EmptyRecordingException(seal.refusal());
        }
      }
    }
    return present;
  }

  /**
   * Whether it is worth to look for the seal: the counts say so, or the fleet has settled every
   * view and the ledger has read all of it. Then the counts hold a stray that was catalogued in the
   * moment before this ledger learned where the sealed catalog ends; what is sealed is read without
   * it.
   */
  private boolean isWorthALook(LedgerCounts now, RecordingManifest open, DatasetManifest dataset)
      throws InterruptedException {
    if (dataset.getState() != State.SEALED) {
      return false;
    }
    boolean complete = now.isComplete() && now.expected() == dataset.getViews();
    boolean due =
        complete ? looks.isDue(now) : dataset.getViews() > 0 && fleetLag == 0 && looks.isOverdue();
    if (due) {
      looks.looked(now);
    }
    return due && (complete || new LedgerGroup(broker.client(), open).hasReadAll(dataset));
  }

  private void show(Progress shown, long recorded, long deadLettered, long expected) {
    shown.total(expected);
    long more = Math.max(0, recorded + deadLettered - counts.recorded() - counts.deadLettered());
    if (counts == LedgerCounts.ZERO) {
      // The first counts are what earlier ledgers kept.
      shown.skip(more);
    } else {
      shown.advance(more);
    }
    shown.note(note(lag, deadLettered, counts.rejected()));
  }

  /** What the bar says on its side: a ledger reads the whole catalog before it counts a view. */
  static String note(double lag, long deadLettered, long rejected) {
    List<String> notes = new ArrayList<>();
    if (lag > 0) {
      notes.add(Math.round(lag) + " records to read");
    }
    if (deadLettered > 0 || rejected > 0) {
      notes.add(deadLettered + " dead letters, " + rejected + " receipts rejected");
    }
    return String.join(", ", notes);
  }

  private boolean isStopped(Duration within) throws InterruptedException {
    liveness.beat();
    return stopped.await(within.toMillis(), TimeUnit.MILLISECONDS);
  }
}
