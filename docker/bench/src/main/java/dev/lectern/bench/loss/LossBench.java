package dev.lectern.bench.loss;

import static dev.lectern.bench.Figures.median;

import dev.lectern.detector.DetectorSpec;
import dev.lectern.schemas.config.ConfigLoader;
import dev.lectern.schemas.config.UserMistakeException;
import dev.lectern.schemas.progress.Progress;
import dev.lectern.schemas.record.DatasetManifest;
import dev.lectern.schemas.record.IndexEntry;
import dev.lectern.schemas.record.PayloadLocation;
import dev.lectern.schemas.record.RecordingManifest;
import dev.lectern.schemas.record.TensorKind;
import dev.lectern.trainer.distil.Method;
import dev.lectern.trainer.replay.Batches;
import dev.lectern.trainer.replay.PhotometricNoise;
import dev.lectern.trainer.replay.RecordingSet;
import dev.lectern.trainer.replay.ReplayBatch;
import dev.lectern.trainer.replay.ReplayConfig;
import dev.lectern.trainer.replay.StoredReplay;
import dev.lectern.trainer.replay.StudentView;
import dev.lectern.trainer.train.TrainConfig;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;

/**
 * What each loss adds to a student's training step: time, memory, bytes of the recording.
 *
 * <p>Two runs take turns step by step, one with the loss and one without, on the same decoded
 * batches; the median of the differences counts, so that whatever else the machine does hits both.
 * Time is processor time of the training thread, wall time beside it. Memory is the resident set at
 * a step's peak over that before the step, less the same of the student alone.
 */
public final class LossBench {
  private static final int BATCHES = 2;
  private static final int WARM_UP = 2;

  private final Settings settings;
  private final Progress.Factory progress;

  /**
   * @param kafka client properties with {@code bootstrap.servers}
   * @param recording sealed; with every kind that the losses need
   * @param split whose views are used
   * @param name of the student in the report
   * @param student specification of the network
   * @param batchSize views per step
   * @param rounds pairs of steps per loss
   * @param threads of one step's arithmetic
   * @param losses as elements of a run's {@code losses}, YAML; a name alone stands for its defaults
   */
  public record Settings(
      Map<String, Object> kafka,
      String recording,
      String split,
      String name,
      DetectorSpec student,
      int batchSize,
      int rounds,
      int threads,
      List<String> losses) {
    public Settings {
      losses = List.copyOf(losses);
    }
  }

  public LossBench(Settings settings, Progress.Factory progress) {
    this.settings = settings;
    this.progress = progress;
  }

  /** The batches that every loss sees, and what is known of the recording. */
  private record Shown(
      RecordingManifest recording,
      DatasetManifest dataset,
      List<ReplayBatch> batches,
      Map<TensorKind, Long> bytesPerImage) {}

  /**
   * What each loss costs in time.
   *
   * @param folder for nothing that lasts
   * @throws UserMistakeException if the recording holds too few views, or a loss does not suit it
   */
  public LossFigures time(Path folder) throws InterruptedException {
    return withBatches(folder, shown -> time(shown, folder));
  }

  /**
   * What each loss adds to the memory at a step's peak, bytes, by loss. Exact only in a process
   * whose allocator gives memory back at once.
   *
   * @param folder for nothing that lasts
   * @throws UserMistakeException as {@link #time}, or if this system does not tell
   */
  public Map<String, Long> memory(Path folder) throws InterruptedException {
    if (!ResidentMemory.isMeasurable()) {
      throw new UserMistakeException("memory can be measured on Linux only");
    }
    return withBatches(folder, shown -> memory(shown, folder));
  }

  private interface Measurement<T> {
    T of(Shown shown) throws InterruptedException;
  }

  private <T> T withBatches(Path folder, Measurement<T> measurement) throws InterruptedException {
    RecordingSet recordings = RecordingSet.open(settings.kafka(), List.of(settings.recording()));
    ReplayConfig fromLog = ReplayConfig.withoutStore();
    List<ReplayBatch> batches = new ArrayList<>();
    try (StoredReplay replay =
        StoredReplay.open(
            settings.kafka(), recordings, fromLog, folder, view(), Progress.silentFactory())) {
      try (Batches decoded = replay.batches(replay.plan(0), 0)) {
        for (int i = 0; i < BATCHES; i++) {
          batches.add(required(decoded.next(), replay));
        }
      }
      return measurement.of(
          new Shown(
              replay.recordings().get(0),
              replay.dataset(),
              batches,
              bytesPerImage(recordings.entries(settings.split()).values())));
    } finally {
      batches.forEach(ReplayBatch::close);
    }
  }

  private ReplayBatch required(ReplayBatch batch, StoredReplay replay) throws InterruptedException {
    if (batch == null || batch.size() < settings.batchSize()) {
      throw new UserMistakeException(
          "--batch-size "
              + settings.batchSize()
              + ": split '"
              + settings.split()
              + "' has "
              + replay.plan(0).viewIds().size()
              + " images, expected at least "
              + BATCHES * settings.batchSize());
    }
    return batch;
  }

  private StudentView view() {
    return new StudentView(
        settings.student().input().normalization(),
        PhotometricNoise.NONE,
        Map.of(
            settings.recording(), EnumSet.range(TensorKind.CLASS_SCORES, TensorKind.FPN_FEATURES)),
        settings.split(),
        0,
        settings.batchSize());
  }

  private static Map<TensorKind, Long> bytesPerImage(Collection<List<IndexEntry>> entries) {
    Map<TensorKind, Long> bytes = new EnumMap<>(TensorKind.class);
    for (List<IndexEntry> entry : entries) {
      for (PayloadLocation payload : entry.get(0).getReceipt().getPayloads()) {
        bytes.merge(payload.getKind(), payload.getSize(), Long::sum);
      }
    }
    bytes.replaceAll((kind, sum) -> sum / entries.size());
    return bytes;
  }

  private LossFigures time(Shown shown, Path folder) throws InterruptedException {
    List<SteppedTrainer.Step> alone = new ArrayList<>();
    List<LossCost> costs = new ArrayList<>();
    try (SteppedTrainer student = student(shown, folder);
        Progress bar = progress.start("time losses", "losses", settings.losses().size())) {
      for (int i = 0; i < WARM_UP; i++) {
        student.step();
      }
      for (String loss : settings.losses()) {
        List<SteppedTrainer.Step> without = new ArrayList<>();
        List<SteppedTrainer.Step> with = new ArrayList<>();
        try (SteppedTrainer distilling = distilling(loss, shown, folder)) {
          for (int i = 0; i < WARM_UP; i++) {
            distilling.step();
          }
          for (int i = 0; i < settings.rounds(); i++) {
            without.add(student.step());
            with.add(distilling.step());
          }
        }
        alone.addAll(without);
        costs.add(cost(loss, without, with, bytes(loss, shown)));
        bar.advance(1);
        bar.note(loss);
      }
    }
    return new LossFigures(
        setting(shown),
        median(alone.stream().mapToDouble(SteppedTrainer.Step::cpuMs)),
        median(alone.stream().mapToDouble(SteppedTrainer.Step::wallMs)),
        costs);
  }

  private static LossCost cost(
      String loss, List<SteppedTrainer.Step> without, List<SteppedTrainer.Step> with, long bytes) {
    double added = medianDifference(without, with, SteppedTrainer.Step::cpuMs);
    return new LossCost(
        loss,
        added,
        added / median(without.stream().mapToDouble(SteppedTrainer.Step::cpuMs)),
        medianDifference(without, with, SteppedTrainer.Step::wallMs),
        null,
        bytes);
  }

  private static double medianDifference(
      List<SteppedTrainer.Step> without,
      List<SteppedTrainer.Step> with,
      ToDoubleFunction<SteppedTrainer.Step> figure) {
    return median(
        IntStream.range(0, with.size())
            .mapToDouble(
                i -> figure.applyAsDouble(with.get(i)) - figure.applyAsDouble(without.get(i))));
  }

  private Map<String, Long> memory(Shown shown, Path folder) throws InterruptedException {
    Map<String, Long> figures = new LinkedHashMap<>();
    long alone;
    try (SteppedTrainer student = student(shown, folder)) {
      alone = peak(student);
    }
    try (Progress bar = progress.start("weigh losses", "losses", settings.losses().size())) {
      for (String loss : settings.losses()) {
        try (SteppedTrainer distilling = distilling(loss, shown, folder)) {
          figures.put(loss, Math.max(0, peak(distilling) - alone));
        }
        bar.advance(1);
        bar.note(loss);
      }
    }
    return figures;
  }

  /** Largest of what steps need beyond what is resident before them. */
  private static long peak(SteppedTrainer trainer) throws InterruptedException {
    long max = 0;
    for (int i = 0; i < WARM_UP + BATCHES; i++) {
      ResidentMemory.resetPeak();
      long before = ResidentMemory.now();
      trainer.step();
      if (i >= WARM_UP) {
        max = Math.max(max, ResidentMemory.peak() - before);
      }
    }
    return max;
  }

  private SteppedTrainer student(Shown shown, Path folder) {
    return new SteppedTrainer(config("", folder), replay(shown, Set.of()));
  }

  private SteppedTrainer distilling(String loss, Shown shown, Path folder) {
    return new SteppedTrainer(
        config(loss, folder), replay(shown, parsed(loss).needs().teacher().keySet()));
  }

  private static FixedReplay replay(Shown shown, Set<TensorKind> kinds) {
    return new FixedReplay(shown.recording(), shown.dataset(), shown.batches(), kinds);
  }

  private Method parsed(String loss) {
    return config(loss, Path.of("bench")).losses().get(0);
  }

  private TrainConfig config(String loss, Path folder) {
    String element = loss.isEmpty() || loss.startsWith("{") ? loss : "{name: " + loss + "}";
    List<String> keys =
        List.of(
            "recording=" + settings.recording(),
            ConfigLoader.setting("out", folder.resolve("run")),
            "batch-size=" + settings.batchSize(),
            "threads=" + settings.threads(),
            "optimizer={name: sgd, learning-rate: 0.00001}",
            "schedule={name: constant, warmup-steps: 0}",
            "evaluation.split=none",
            "losses=[" + element + "]");
    return TrainConfig.of(settings.student(), keys);
  }

  private long bytes(String loss, Shown shown) {
    long bytes = 0;
    for (TensorKind kind : parsed(loss).needs().teacher().keySet()) {
      bytes += shown.bytesPerImage().getOrDefault(kind, 0L);
    }
    return bytes;
  }

  private Map<String, Object> setting(Shown shown) {
    Map<String, Object> setting = new LinkedHashMap<>();
    setting.put("benchmark", "losses");
    setting.put("teacher", shown.recording().getDescriptor().getName());
    setting.put("student", settings.name());
    setting.put("canvas", shown.dataset().getWidth() + "x" + shown.dataset().getHeight());
    setting.put("batchSize", settings.batchSize());
    setting.put("rounds", settings.rounds());
    setting.put("threads", settings.threads());
    return setting;
  }
}
