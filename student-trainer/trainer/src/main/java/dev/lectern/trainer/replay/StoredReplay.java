package dev.lectern.trainer.replay;

import dev.lectern.schemas.config.UserMistakeException;
import dev.lectern.schemas.log.BrokerWait;
import dev.lectern.schemas.log.CorruptRecordingException;
import dev.lectern.schemas.progress.Progress;
import dev.lectern.schemas.record.CatalogEntry;
import dev.lectern.schemas.record.DatasetManifest;
import dev.lectern.schemas.record.RecordingManifest;
import dev.lectern.schemas.record.TensorKind;
import dev.lectern.schemas.serde.Sha256;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeSet;
import java.util.concurrent.CancellationException;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.kafka.common.errors.InterruptException;

/**
 * The replay of recordings, or of a dataset alone, from a broker or from archives: through the
 * local store, or straight from there.
 *
 * <p>What a step gets depends on the indexes and the plan alone, never on where it came from.
 */
public final class StoredReplay implements Replay {
  private final RecordingSource source;
  private final BrokerWait broker;
  private final ReplayedViews recordings;
  private final ReplayConfig config;
  private final StudentView student;

  /** Digest of the dataset's plan. */
  private final byte[] plan;

  private final ReplayStore store;
  private final StoreFiller filler;
  private final BatchLoader loader;

  private StoredReplay(
      RecordingSource source,
      BrokerWait broker,
      ReplayedViews recordings,
      ReplayConfig config,
      StudentView student,
      ReplayStore store) {
    this.source = source;
    this.broker = broker;
    this.recordings = recordings;
    this.config = config;
    this.student = student;
    this.plan = Sha256.of(recordings.dataset().getPlan());
    this.store = store;
    Supplier<PartReader> readers = () -> source.parts(recordings.dataset().getName());
    this.filler = store == null ? null : new StoreFiller(store, readers, broker);
    this.loader = new BatchLoader(config, new PartSource(store, readers, broker));
  }

  /**
   * Opens recordings for a run and starts, or does, the filling of the store.
   *
   * @param kafka client settings with {@code bootstrap.servers}
   * @param recordings the opened recordings, or the dataset; closed with this replay, or here if
   *     this fails
   * @param folder what a relative {@code replay.store} is relative to
   * @param progress shows the filling before the first step
   * @throws UserMistakeException if a recording lacks a kind, a teacher a class whose logits are
   *     wanted, or sealed ones have no view of the split
   */
  public static StoredReplay open(
      Map<String, Object> kafka,
      ReplayedViews recordings,
      ReplayConfig config,
      Path folder,
      StudentView student,
      Progress.Factory progress) {
    return open(
        new KafkaSource(kafka), kafka, recordings, config, folder, student, progress, () -> false);
  }

  /**
   * The same from any source, for a run that may be stopped while it fills the store.
   *
   * @param source where the recordings were opened
   * @param kafka client settings that say how long to wait for a broker that is away
   * @param stopped asked before each part; the filling before the first step ends when it is true
   */
  public static StoredReplay open(
      RecordingSource source,
      Map<String, Object> kafka,
      ReplayedViews recordings,
      ReplayConfig config,
      Path folder,
      StudentView student,
      Progress.Factory progress,
      BooleanSupplier stopped) {
    StoredReplay replay;
    try {
      requireSuitable(recordings, student);
      ReplayStore store =
          config.hasStore()
              ? ReplayStore.open(folder.resolve(config.store()), config.storeSize())
              : null;
      replay = new StoredReplay(source, BrokerWait.of(kafka), recordings, config, student, store);
    } catch (RuntimeException e) {
      recordings.close();
      throw e;
    }
    try {
      replay.startFilling(progress, stopped);
    } catch (RuntimeException e) {
      replay.close();
      throw e;
    }
    return replay;
  }

  private static void requireSuitable(ReplayedViews recordings, StudentView student) {
    DatasetManifest dataset = recordings.dataset();
    for (RecordingManifest recording : recordings.manifests()) {
      Set<TensorKind> kinds = student.kindsOf(recording);
      requireKinds(recording, kinds);
      if (kinds.contains(TensorKind.CLASS_SCORES)) {
        classes(recording.getDescriptor().getClassNames(), dataset, student)
            .lacking()
            .ifPresent(
                problem -> {
                  throw new UserMistakeException(
                      "recording '" + recording.getName() + "': " + problem);
                });
      }
    }
    if (recordings.isSealed()) {
      requireViews(recordings, student.split());
      recordings.warnOfGaps(student.split());
    }
  }

  private static void requireViews(ReplayedViews recordings, String split) {
    if (recordings.views(split).isEmpty()) {
      throw new UserMistakeException(
          recordings.called()
              + ": no view of split '"
              + split
              + "' is recorded; splits of the dataset: "
              + new TreeSet<>(recordings.dataset().getSplits().keySet()));
    }
  }

  private static void requireKinds(RecordingManifest manifest, Set<TensorKind> kinds) {
    Set<TensorKind> recorded =
        manifest.getEncodings().stream().map(e -> e.getKind()).collect(Collectors.toSet());
    List<TensorKind> missing =
        kinds.stream().sorted().filter(kind -> !recorded.contains(kind)).toList();
    if (!missing.isEmpty()) {
      throw new UserMistakeException(
          "recording '"
              + manifest.getName()
              + "' lacks what the losses need: "
              + missing
              + "; it holds "
              + new TreeSet<>(recorded));
    }
  }

  private void startFilling(Progress.Factory progress, BooleanSupplier stopped) {
    if (store == null || config.fill() == ReplayConfig.Fill.ON_DEMAND) {
      return;
    }
    if (config.fill() == ReplayConfig.Fill.BEFORE) {
      Collection<PartLocation> parts = allParts();
      try (Progress shown = progress.start("fill replay store", "parts", parts.size())) {
        filler.fill(parts, shown, stopped);
      }
      if (recordings.isSealed()) {
        return;
      }
    }
    filler.start(this::allParts, recordings::isSealed);
  }

  private Collection<PartLocation> allParts() {
    List<PartLocation> parts = new ArrayList<>();
    recordings.views(student.split()).values().forEach(view -> parts.addAll(parts(view)));
    return parts;
  }

  /** The view first, then the teachers' outputs. */
  private List<PartLocation> parts(ReplayedView view) {
    List<PartLocation> parts = new ArrayList<>();
    parts.add(PartLocation.ofView(view.view(), plan));
    List<RecordingManifest> manifests = recordings.manifests();
    for (int i = 0; i < manifests.size(); i++) {
      RecordingManifest recording = manifests.get(i);
      parts.addAll(
          PartLocation.ofPayloads(
              recording.getName(), view.outputs().get(i), student.kindsOf(recording)));
    }
    return parts;
  }

  @Override
  public List<RecordingManifest> recordings() {
    return recordings.manifests();
  }

  @Override
  public DatasetManifest dataset() {
    return student.canvas().of(student.classes().apply(recordings.dataset()));
  }

  @Override
  public boolean isOpen() {
    return !recordings.isSealed();
  }

  @Override
  public EpochPlan plan(int epoch) throws InterruptedException {
    recordings.await(student.split(), student.batchSize());
    if (recordings.isSealed()) {
      requireViews(recordings, student.split());
    }
    return new EpochPlan(
        epoch,
        EpochOrder.of(
            recordings.views(student.split()).keySet(), student.seed(), epoch, student.plainFrom()),
        student.batchSize());
  }

  @Override
  public void stopWaiting() {
    recordings.stopWaiting();
  }

  @Override
  public Batches batches(EpochPlan plan, int firstStep) {
    SortedMap<String, ReplayedView> views = recordings.views(student.split());
    for (String viewId : plan.viewIds()) {
      if (!views.containsKey(viewId)) {
        throw new CorruptRecordingException(
            recordings.called() + ": view " + viewId + " of the plan is no longer in the index");
      }
    }
    return loader.load(
        IntStream.range(firstStep, plan.steps())
            .mapToObj(step -> plan.step(step).stream().map(id -> parts(views.get(id))).toList())
            .iterator(),
        plan.epoch(),
        student.batchSize(),
        decoder(student.noise(), teachers()));
  }

  @Override
  public Batches evaluation(String split) {
    List<List<List<PartLocation>>> steps = new ArrayList<>();
    List<List<PartLocation>> views = new ArrayList<>();
    String dataset = recordings.dataset().getName();
    for (CatalogEntry view : catalog(dataset).values()) {
      if (view.getSplit().equals(split) && view.getViewNumber() == 0) {
        views.add(List.of(PartLocation.ofView(view, plan)));
        if (views.size() == student.batchSize()) {
          steps.add(views);
          views = new ArrayList<>();
        }
      }
    }
    if (!views.isEmpty()) {
      steps.add(views);
    }
    return loader.load(
        steps.iterator(), 0, student.batchSize(), decoder(PhotometricNoise.NONE, List.of()));
  }

  private SortedMap<String, CatalogEntry> catalog(String dataset) {
    try {
      SortedMap<String, CatalogEntry> catalog = broker.retry(() -> source.catalog(dataset));
      if (catalog == null) {
        throw new CancellationException("stopped while no broker answered");
      }
      return catalog;
    } catch (InterruptedException e) {
      throw new InterruptException(e);
    }
  }

  @Override
  public ReplayTimes times() {
    return loader.times();
  }

  private List<OutputDecoder> teachers() {
    return recordings.manifests().stream()
        .map(
            recording ->
                new OutputDecoder(
                    recording,
                    student.canvas().of(recording),
                    classes(
                        recording.getDescriptor().getClassNames(), recordings.dataset(), student),
                    student.kindsOf(recording),
                    config.dequantise()))
        .toList();
  }

  private BatchDecoder decoder(PhotometricNoise noise, List<OutputDecoder> teachers) {
    return new BatchDecoder(
        recordings.dataset().getWidth(),
        recordings.dataset().getHeight(),
        student.canvas(),
        student.input(),
        noise,
        student.seed(),
        classes(recordings.dataset().getClassNames(), recordings.dataset(), student),
        teachers,
        loader.pool());
  }

  /** From these classes to the student's. */
  private static ClassMapping classes(
      List<String> from, DatasetManifest dataset, StudentView student) {
    return ClassMapping.between(
        from, student.classes().names(dataset.getClassNames()), student.classes());
  }

  @Override
  public void close() {
    broker.stop();
    loader.close();
    if (filler != null) {
      filler.close();
    }
    if (store != null) {
      store.close();
    }
    recordings.close();
  }
}
