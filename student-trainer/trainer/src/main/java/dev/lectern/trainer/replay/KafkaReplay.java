package dev.lectern.trainer.replay;

import dev.lectern.schemas.config.UserMistakeException;
import dev.lectern.schemas.progress.Progress;
import dev.lectern.schemas.record.CatalogEntry;
import dev.lectern.schemas.record.DatasetManifest;
import dev.lectern.schemas.record.IndexEntry;
import dev.lectern.schemas.record.RecordingManifest;
import dev.lectern.schemas.record.TensorKind;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeSet;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/**
 * The replay of a recording on Kafka: through the local store, or straight from the log.
 *
 * <p>Reads with assigned partitions and explicit offsets; it has no consumer group and commits
 * nothing. What a step gets depends on the index and the plan alone, never on whether it came from
 * store or log.
 */
public final class KafkaReplay implements Replay {
  private final Map<String, Object> kafka;
  private final RecordingIndex index;
  private final ReplayConfig config;
  private final StudentView student;
  private final ReplayStore store;
  private final StoreFiller filler;
  private final PartSource source;
  private final ExecutorService threads;
  private final BufferPool pool = new BufferPool();

  private KafkaReplay(
      Map<String, Object> kafka,
      RecordingIndex index,
      ReplayConfig config,
      StudentView student,
      ReplayStore store) {
    this.kafka = Map.copyOf(kafka);
    this.index = index;
    this.config = config;
    this.student = student;
    this.store = store;
    Supplier<PartReader> readers = () -> new PartReader(this.kafka, index.manifest());
    this.filler = store == null ? null : new StoreFiller(store, readers);
    this.source = new PartSource(store, readers);
    AtomicInteger number = new AtomicInteger();
    this.threads =
        Executors.newFixedThreadPool(
            config.decodeThreads(),
            work -> {
              Thread thread = new Thread(work, "lectern-decoder-" + number.incrementAndGet());
              thread.setDaemon(true);
              return thread;
            });
  }

  /**
   * Opens a recording for a run and starts, or does, the filling of the store.
   *
   * @param kafka client settings with {@code bootstrap.servers}
   * @param index the opened recording; closed with this replay, or here if this fails
   * @param folder what a relative {@code replay.store} is relative to
   * @param progress shows the filling before the first step
   * @throws UserMistakeException if the recording lacks a kind, or a sealed one has no view of the
   *     split
   */
  public static KafkaReplay open(
      Map<String, Object> kafka,
      RecordingIndex index,
      ReplayConfig config,
      Path folder,
      StudentView student,
      Progress.Factory progress) {
    KafkaReplay replay;
    try {
      requireSuitable(index, student);
      ReplayStore store =
          config.hasStore()
              ? ReplayStore.open(folder.resolve(config.store()), config.segmentBytes())
              : null;
      replay = new KafkaReplay(kafka, index, config, student, store);
    } catch (RuntimeException e) {
      index.close();
      throw e;
    }
    try {
      replay.startFilling(progress);
    } catch (RuntimeException e) {
      replay.close();
      throw e;
    }
    return replay;
  }

  private static void requireSuitable(RecordingIndex index, StudentView student) {
    requireKinds(index.manifest(), student.kinds());
    if (index.isSealed()) {
      requireViews(index, student.split());
    }
  }

  private static void requireViews(RecordingIndex index, String split) {
    if (index.entries(split).isEmpty()) {
      throw new UserMistakeException(
          "recording '"
              + index.manifest().getName()
              + "': no view of split '"
              + split
              + "' is recorded; splits of the dataset: "
              + new TreeSet<>(index.dataset().getSplits().keySet()));
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

  private void startFilling(Progress.Factory progress) {
    if (store == null || config.fill() == ReplayConfig.Fill.ON_DEMAND) {
      return;
    }
    if (config.fill() == ReplayConfig.Fill.BEFORE) {
      Collection<PartLocation> parts = allParts();
      try (Progress shown = progress.start("fill replay store", "parts", parts.size())) {
        filler.fill(parts, shown);
      }
      if (index.isSealed()) {
        return;
      }
    }
    filler.start(this::allParts, index::isSealed);
  }

  private Collection<PartLocation> allParts() {
    List<PartLocation> parts = new ArrayList<>();
    for (IndexEntry entry : index.entries(student.split()).values()) {
      parts.addAll(parts(entry));
    }
    return parts;
  }

  private List<PartLocation> parts(IndexEntry entry) {
    List<PartLocation> parts = new ArrayList<>();
    parts.add(PartLocation.ofView(entry.getView()));
    parts.addAll(PartLocation.ofPayloads(entry, student.kinds()));
    return parts;
  }

  @Override
  public RecordingManifest recording() {
    return index.manifest();
  }

  @Override
  public DatasetManifest dataset() {
    return index.dataset();
  }

  @Override
  public boolean isOpen() {
    return !index.isSealed();
  }

  @Override
  public EpochPlan plan(int epoch) throws InterruptedException {
    index.await(student.split(), student.batchSize());
    if (index.isSealed()) {
      requireViews(index, student.split());
    }
    return new EpochPlan(
        epoch,
        EpochOrder.of(index.entries(student.split()).keySet(), student.seed(), epoch),
        student.batchSize());
  }

  @Override
  public void stopWaiting() {
    index.stopWaiting();
  }

  @Override
  public Batches batches(EpochPlan plan, int firstStep) {
    SortedMap<String, IndexEntry> entries = index.entries(student.split());
    List<List<List<PartLocation>>> steps = new ArrayList<>();
    for (int step = firstStep; step < plan.steps(); step++) {
      List<List<PartLocation>> views = new ArrayList<>();
      for (String viewId : plan.step(step)) {
        IndexEntry entry = entries.get(viewId);
        if (entry == null) {
          throw new CorruptRecordingException(
              "recording '"
                  + recording().getName()
                  + "': view "
                  + viewId
                  + " of the plan is no longer in the index");
        }
        views.add(parts(entry));
      }
      steps.add(views);
    }
    return prefetched(steps, plan.epoch(), decoder(student.noise(), student.kinds()));
  }

  @Override
  public Batches evaluation(String split) {
    List<List<List<PartLocation>>> steps = new ArrayList<>();
    List<List<PartLocation>> views = new ArrayList<>();
    String dataset = index.dataset().getName();
    for (CatalogEntry view : RecordingIndex.catalog(kafka, dataset).values()) {
      if (view.getSplit().equals(split) && view.getViewNumber() == 0) {
        views.add(List.of(PartLocation.ofView(view)));
        if (views.size() == student.batchSize()) {
          steps.add(views);
          views = new ArrayList<>();
        }
      }
    }
    if (!views.isEmpty()) {
      steps.add(views);
    }
    return prefetched(steps, 0, decoder(PhotometricNoise.NONE, Set.of()));
  }

  private BatchDecoder decoder(PhotometricNoise noise, Set<TensorKind> kinds) {
    return new BatchDecoder(
        index.dataset().getWidth(),
        index.dataset().getHeight(),
        student.input(),
        noise,
        student.seed(),
        index.manifest().getDescriptor(),
        kinds,
        pool);
  }

  private Batches prefetched(
      List<List<List<PartLocation>>> steps, int epoch, BatchDecoder decoder) {
    long fitting = config.prefetchBytes() / Math.max(1, decoder.bytes(student.batchSize()));
    int ahead = (int) Math.max(1, Math.min(config.prefetchBatches(), fitting));
    return new PrefetchedBatches(steps, epoch, ahead, source, decoder, threads);
  }

  private void awaitDecoders() {
    try {
      threads.awaitTermination(10, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public void close() {
    threads.shutdown();
    awaitDecoders();
    if (filler != null) {
      filler.close();
    }
    source.close();
    if (store != null) {
      store.close();
    }
    index.close();
  }
}
