package dev.lectern.teacher.recording;

import dev.lectern.schemas.config.UserMistakeException;
import dev.lectern.schemas.log.BrokerWait;
import dev.lectern.schemas.log.ManifestStore;
import dev.lectern.schemas.log.TopicReader;
import dev.lectern.schemas.log.TopicWriter;
import dev.lectern.schemas.progress.Progress;
import dev.lectern.schemas.record.DatasetManifest;
import dev.lectern.schemas.record.KindEncoding;
import dev.lectern.schemas.record.RecordingManifest;
import dev.lectern.schemas.record.State;
import dev.lectern.schemas.record.TeacherDescriptor;
import dev.lectern.schemas.record.TensorKind;
import dev.lectern.schemas.serde.WireForm;
import dev.lectern.schemas.status.Heartbeats;
import dev.lectern.schemas.status.Pulse;
import dev.lectern.schemas.topic.Topic;
import dev.lectern.schemas.topic.Topics;
import dev.lectern.teacher.model.Teacher;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.common.KafkaException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One teacher worker, from its start to its end. Single use.
 *
 * <p>At least once: a view is accepted from the fleet's queue after its payloads and then its
 * receipt are acknowledged by the broker. {@link #run()} blocks; {@link #stop()} may be called by
 * any thread and lets the worker finish its views in flight.
 */
public final class TeachApp {
  private static final Logger LOG = LoggerFactory.getLogger(TeachApp.class);
  private static final long SEALED_CHECK_MS = 500;
  private static final long BROKER_CHECK_MS = 5_000;

  private final TeachConfig config;
  private final Map<String, Object> kafka;
  private final Progress.Factory progress;
  private final MeterRegistry registry;
  private final TeacherFactory teachers;
  private final Heartbeats heartbeats;
  private final WorkerState state = new WorkerState();
  private final BrokerWait broker;
  private volatile Pulse pulse = Pulse.SILENT;

  /** A model that is at a batch must not be closed. */
  private boolean stuck;

  /**
   * @param config what to do
   * @param kafka client properties, at least {@code bootstrap.servers}
   */
  public TeachApp(
      TeachConfig config,
      Map<String, Object> kafka,
      Progress.Factory progress,
      MeterRegistry registry) {
    this(config, kafka, progress, registry, TeacherFactory.MODEL_FILE, Heartbeats.NONE);
  }

  /** As above, with another way to make the teacher. */
  public TeachApp(
      TeachConfig config,
      Map<String, Object> kafka,
      Progress.Factory progress,
      MeterRegistry registry,
      TeacherFactory teachers) {
    this(config, kafka, progress, registry, teachers, Heartbeats.NONE);
  }

  /**
   * As above, for a worker that can be watched.
   *
   * @param heartbeats where it reports its status
   */
  public TeachApp(
      TeachConfig config,
      Map<String, Object> kafka,
      Progress.Factory progress,
      MeterRegistry registry,
      TeacherFactory teachers,
      Heartbeats heartbeats) {
    this.config = config;
    this.kafka = Map.copyOf(kafka);
    this.progress = progress;
    this.registry = registry;
    this.teachers = teachers;
    this.heartbeats = heartbeats;
    this.broker = BrokerWait.of(kafka);
  }

  /**
   * Records views until {@link #stop()} is called or, when the configuration says so, the recording
   * is sealed.
   *
   * @return whether it ended because the recording is sealed
   * @throws UserMistakeException if the recording cannot be written as asked; nothing has been
   *     taken from the queue then
   * @throws KafkaException if the broker refuses, or is away for longer than it is waited for
   */
  public boolean run() throws InterruptedException {
    TeacherDescriptor descriptor = TeacherFactory.descriptor(config, kafka);
    Set<TensorKind> kinds = config.kindsOf(descriptor);
    try (Admin admin = Admin.create(kafka);
        ManifestStore manifests = new ManifestStore(kafka)) {
      RecordingOpening opening = new RecordingOpening(admin, manifests);
      DatasetManifest dataset = opening.dataset(config.dataset(), descriptor);
      List<KindEncoding> encodings =
          config
              .encoding()
              .joining(opening.begun(config.recording()))
              .of(kinds, descriptor, !dataset.getUnlabelled().isEmpty());
      ViewEncoder encoder = new ViewEncoder(encodings, descriptor);
      ClassNameCheck.differences(
              dataset.getName(),
              dataset.getClassNames(),
              descriptor.getName(),
              descriptor.getClassNames())
          .forEach(LOG::warn);
      ResizeCheck.difference(dataset, descriptor).ifPresent(LOG::warn);
      Teacher teacher = teachers.open(config, descriptor, kinds);
      try {
        descriptor
            .getConversionLosses()
            .forEach(loss -> LOG.warn("not in the recording teacher={} {}", teacher.id(), loss));
        if ((config.untilSealed() || config.idleWhenSealed())
            && opening.isSealed(config.recording(), dataset, teacher, encodings)) {
          return sealedBefore();
        }
        EarlierRecording known =
            config.takeOver() == null
                ? EarlierRecording.none()
                : EarlierRecording.open(kafka, config.takeOver(), teacher.id(), encodings);
        opening.open(config.recording(), dataset, teacher, encodings, config.encoding().choice());
        FleetGroup group = FleetGroup.prepare(admin, config.recording());
        LOG.info(
            "worker started recording={} dataset={} teacherId={} worker={} device={} threads={}"
                + " batchSize={} group={}",
            config.recording(),
            config.dataset(),
            teacher.id(),
            config.worker(),
            config.device(),
            config.pipeline().threads(),
            teacher.batchSize(),
            group.id());
        WorkerMetrics metrics = new WorkerMetrics(registry);
        try (EarlierRecording earlier = known;
            Pulse started = heartbeats.start(new WorkerReport(config, teacher, metrics))) {
          pulse = started;
          try {
            return record(teacher, encoder, earlier, dataset, group, metrics);
          } catch (RuntimeException | Error e) {
            started.failed(e);
            throw e;
          }
        }
      } finally {
        if (!stuck) {
          teacher.close();
        }
      }
    }
  }

  /** Ends, or waits until it is stopped, where nothing is left to record. */
  private boolean sealedBefore() throws InterruptedException {
    LOG.info(
        "recording was sealed before, no view is left recording={}{}",
        config.recording(),
        config.untilSealed() ? "" : "; idle until stopped");
    while (!config.untilSealed() && !state.awaitDraining(BROKER_CHECK_MS)) {
      LOG.debug("idle recording={}", config.recording());
    }
    return true;
  }

  /** Asks the worker to end: it finishes views in flight and releases others. Returns at once. */
  public void stop() {
    pulse.draining();
    state.drain();
    broker.stop();
  }

  private boolean record(
      Teacher teacher,
      ViewEncoder encoder,
      EarlierRecording earlier,
      DatasetManifest dataset,
      FleetGroup group,
      WorkerMetrics metrics)
      throws InterruptedException {
    long start = System.nanoTime();
    boolean sealed;
    long total = dataset.getState() == State.SEALED ? dataset.getViews() : -1;
    try (TopicWriter writer = new TopicWriter(kafka, config.pipeline().sendBufferBytes(), broker);
        ManifestStore manifests = new ManifestStore(broker.client());
        Progress shown = progress.start("teach " + config.recording(), "views", total);
        Verdicts verdicts =
            new Verdicts(
                writer,
                Topics.deadLetters(config.recording()),
                group,
                config.worker(),
                state,
                metrics,
                shown,
                new RepeatedFailure(
                    config.limits().maxFailures(), total, config.recording(), state));
        PayloadPublisher publisher =
            new PayloadPublisher(
                writer,
                config.recording(),
                encoder.kinds(),
                teacher.id(),
                config.worker(),
                verdicts,
                state,
                metrics);
        EncodeStage encode =
            new EncodeStage(
                encoder, config.pipeline().encodeThreads(), publisher, verdicts, state, metrics);
        InferenceStage inference = new InferenceStage(teacher, encode, verdicts, state, metrics);
        BatchStage batch =
            new BatchStage(
                teacher, config.pipeline().batchWaitMs(), inference, verdicts, state, metrics);
        DecodeStage decode =
            new DecodeStage(
                Topics.views(config.dataset()).in(WireForm.of(kafka)),
                teacher.descriptor(),
                config.pipeline().decodeThreads(),
                earlier,
                publisher,
                batch,
                verdicts,
                state,
                metrics)) {
      metrics.watchQueue(batch);
      List.of(encode, inference, batch, decode).forEach(Stage::start);
      List<Thread> lanes = startLanes(teacher, group, metrics, decode);
      try {
        sealed = awaitSealed(manifests, inference, metrics, total);
      } finally {
        state.drain();
        for (Thread lane : lanes) {
          lane.join();
        }
        state.end();
        if (state.hasFailed()) {
          stuck = inference.isStuck();
          // What waits for room in the producer's buffer gives up.
          writer.close(Duration.ZERO);
        }
      }
    }
    LOG.info(
        "worker ended recording={} views={} deadLetters={} redeliveries={} seconds={}",
        config.recording(),
        metrics.recordedViews(),
        metrics.deadLetters(),
        metrics.redeliveries(),
        Duration.ofNanos(System.nanoTime() - start).toSeconds());
    rethrowFailure();
    return sealed;
  }

  private List<Thread> startLanes(
      Teacher teacher, FleetGroup group, WorkerMetrics metrics, DecodeStage decode) {
    StageThreads threads = new StageThreads("lane", state);
    List<Thread> lanes = new ArrayList<>();
    for (int i = 0; i < config.pipeline().lanes(); i++) {
      Thread lane =
          threads.newThread(
              new Lane(
                  broker,
                  group,
                  Topics.views(config.dataset()).name(),
                  teacher.batchSize(),
                  Duration.ofSeconds(config.pipeline().drainSeconds()),
                  state,
                  metrics,
                  decode));
      lane.start();
      lanes.add(lane);
    }
    return lanes;
  }

  /**
   * Waits for the seal, if it is to be waited for, or the drain; true if it is sealed. Fails the
   * worker when the broker is away for too long.
   */
  private boolean awaitSealed(
      ManifestStore manifests, InferenceStage inference, WorkerMetrics metrics, long views)
      throws InterruptedException {
    while (!state.awaitDraining(config.untilSealed() ? SEALED_CHECK_MS : BROKER_CHECK_MS)) {
      inference.watch(Duration.ofSeconds(config.limits().inferenceSeconds()));
      Optional<RecordingManifest> manifest;
      try {
        manifest = broker.retry(() -> manifests.recording(config.recording()));
        if (metrics.recordedViews() == 0 && metrics.deadLetters() > 0 && views > 0) {
          failIfNothingIsLeft(views);
        }
      } catch (KafkaException e) {
        state.fail(e);
        return false;
      }
      if (config.untilSealed() && manifest != null && manifest.isPresent()) {
        if (manifest.get().getState() == State.SEALED) {
          LOG.info(
              "recording sealed recording={} recorded={} deadLettered={} digest={}",
              config.recording(),
              manifest.get().getRecorded(),
              manifest.get().getDeadLettered(),
              manifest.get().getDigest());
          return true;
        }
      }
    }
    return false;
  }

  /** Fails a worker whose fleet has given up every view of the dataset: no seal will come. */
  private void failIfNothingIsLeft(long views) throws InterruptedException {
    if (config.limits().maxFailures().equals(MaxFailures.NONE)) {
      return;
    }
    Map<String, Long> receipts = ends(Topics.receipts(config.recording()));
    Map<String, Long> letters = ends(Topics.deadLetters(config.recording()));
    if (receipts != null && letters != null && sum(receipts) == 0 && sum(letters) >= views) {
      state.fail(
          new RepeatedFailureException(
              "recording '"
                  + config.recording()
                  + "': none of the "
                  + views
                  + " views could be recorded; lectern status names the causes; mend model,"
                  + " descriptor or encoding and delete the recording"));
    }
  }

  private Map<String, Long> ends(Topic<?, ?> topic) throws InterruptedException {
    return broker.retry(() -> TopicReader.ends(broker.client(), List.of(topic)));
  }

  private static long sum(Map<String, Long> ends) {
    return ends.values().stream().mapToLong(Long::longValue).sum();
  }

  private void rethrowFailure() throws InterruptedException {
    Throwable failure = state.failure();
    if (failure instanceof RuntimeException e) {
      throw e;
    }
    if (failure instanceof Error e) {
      throw e;
    }
    if (failure instanceof InterruptedException) {
      throw new InterruptedException("a thread of the worker was interrupted");
    }
    if (failure != null) {
      throw new KafkaException("worker failed: " + failure.getMessage(), failure);
    }
  }
}
