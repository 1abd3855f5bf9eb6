package dev.lectern.trainer.train;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.lectern.schemas.record.ApPoint;
import dev.lectern.schemas.record.Heartbeat;
import dev.lectern.schemas.record.RunStatus;
import dev.lectern.schemas.record.StageTime;
import dev.lectern.schemas.serde.Sha256;
import dev.lectern.schemas.serde.Status;
import dev.lectern.schemas.status.RateWindow;
import dev.lectern.schemas.status.StatusSource;
import dev.lectern.trainer.replay.ReplayTimes;
import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a run says of itself: where it is, its rates over the last half minute, and the whole course
 * of its losses and measurements, also from before it was resumed.
 *
 * <p>Written on the training thread, read on another.
 */
public final class RunReport implements TrainingListener, StatusSource {
  private static final Logger LOG = LoggerFactory.getLogger(RunReport.class);
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Duration WINDOW = Duration.ofSeconds(30);
  private static final int MAX_POINTS = 200;
  private static final int IMAGES = 0;
  private static final int WAITED = 1;
  private static final int LOG_TIME = 2;
  private static final int STORE_TIME = 3;
  private static final int DECODE_TIME = 4;

  private final TrainConfig config;
  private final Path folder;
  private final LossCurve curve = new LossCurve(MAX_POINTS);
  private final List<ApPoint> evaluations = new ArrayList<>();
  private final RateWindow window = new RateWindow(WINDOW);
  private List<String> losses = List.of();
  private String device = "";
  private Trainer trainer;
  private Position position;
  private int stepsOfEpoch;
  private double learningRate;
  private double images;

  public RunReport(TrainConfig config) {
    this.config = config;
    this.folder = Path.of(config.out()).toAbsolutePath().normalize();
  }

  @Override
  public synchronized void started(Trainer trainer) {
    this.trainer = trainer;
    device = trainer.device().name();
    place(trainer);
    readBack();
    sample();
  }

  @Override
  public synchronized void stepped(Trainer trainer, StepReport step) {
    place(trainer);
    learningRate = step.learningRate();
    images += step.images();
    double epoch =
        trainer.position().epoch()
            + (double) trainer.position().step() / Math.max(1, trainer.stepsOfEpoch());
    add(step.globalStep(), epoch, step.total(), step.losses());
  }

  @Override
  public synchronized void epochEnded(Trainer trainer) {
    place(trainer);
  }

  @Override
  public synchronized void evaluated(Trainer trainer, EvaluationReport report) {
    if (!report.split().equals(config.evaluation().split())) {
      return;
    }
    Map<String, Double> figures = report.metrics().headline();
    add(
        report.epochs(),
        report.globalStep(),
        report.metrics().main(),
        figures.getOrDefault("ap50", -1.0),
        figures.getOrDefault("ap75", -1.0));
  }

  private void place(Trainer trainer) {
    position = trainer.position();
    stepsOfEpoch = trainer.stepsOfEpoch();
  }

  private void add(long step, double epoch, double total, Map<String, ? extends Number> values) {
    if (losses.isEmpty()) {
      losses = List.copyOf(values.keySet());
    }
    double[] numbers = new double[losses.size()];
    for (int i = 0; i < numbers.length; i++) {
      Number value = values.get(losses.get(i));
      numbers[i] = value == null ? 0 : value.doubleValue();
    }
    curve.add(step, epoch, total, numbers);
  }

  private void add(int epochs, long step, double ap, double ap50, double ap75) {
    if (evaluations.size() == MAX_POINTS) {
      evaluations.remove(0);
    }
    evaluations.add(new ApPoint(epochs, step, (float) ap, (float) ap50, (float) ap75));
  }

  /** What the run was before it was resumed, from its own metrics file. */
  private void readBack() {
    Path file = folder.resolve("metrics.jsonl");
    if (position.globalStep() == 0 || !Files.exists(file)) {
      return;
    }
    try (Stream<String> lines = Files.lines(file)) {
      lines.forEach(this::readBack);
    } catch (IOException | java.io.UncheckedIOException e) {
      LOG.warn("course of the run before its resumption is not shown file={}", file, e);
    }
  }

  private void readBack(String line) {
    JsonNode node;
    try {
      node = JSON.readTree(line);
    } catch (JsonProcessingException e) {
      LOG.debug("line passed over: {}", line);
      return;
    }
    if (node.path("event").asText().equals("step")) {
      Map<String, Double> values = new java.util.LinkedHashMap<>();
      node.path("losses")
          .properties()
          .forEach(loss -> values.put(loss.getKey(), loss.getValue().asDouble()));
      // The line names the epoch that the step belongs to; a whole number is near enough.
      add(
          node.path("step").asLong(),
          node.path("epoch").asDouble(),
          node.path("loss").asDouble(),
          values);
    } else if (node.path("event").asText().equals("evaluation")
        && node.path("split")
            .asText(config.evaluation().split())
            .equals(config.evaluation().split())) {
      JsonNode metrics = node.path("metrics");
      add(
          node.path("epoch").asInt(),
          node.path("step").asLong(),
          metrics.path("AP").asDouble(metrics.path("mIoU").asDouble(-1)),
          metrics.path("AP50").asDouble(-1),
          metrics.path("AP75").asDouble(-1));
    }
  }

  @Override
  public synchronized Status status(Heartbeat heartbeat) {
    if (position == null) {
      return null;
    }
    sample();
    return new Status.OfRun(
        new RunStatus(
            heartbeat,
            name() + "-" + place(folder),
            name(),
            config.dataset() == null ? config.recordings() : List.of(config.dataset()),
            config.student().network().name().toLowerCase(Locale.ROOT),
            device,
            config.batchSize(),
            losses,
            config.epochs(),
            position.epoch(),
            position.step(),
            stepsOfEpoch,
            position.globalStep(),
            learningRate,
            window.millis(),
            window.perSecond(IMAGES),
            Math.min(1, window.perSecond(WAITED)),
            stages(),
            curve.points(),
            List.copyOf(evaluations)));
  }

  private void sample() {
    ReplayTimes times = trainer.replay().times();
    window.add(
        System.nanoTime(),
        images,
        trainer.waitedSeconds(),
        times.logSeconds(),
        times.storeSeconds(),
        times.decodeSeconds());
  }

  /** What replay spends its time on; no store where the run has none. */
  private List<StageTime> stages() {
    List<StageTime> stages = new ArrayList<>();
    stages.add(stage("log", LOG_TIME));
    if (config.replay().hasStore()) {
      stages.add(stage("store", STORE_TIME));
    }
    stages.add(stage("decode", DECODE_TIME));
    return stages;
  }

  private StageTime stage(String name, int total) {
    double views = window.growth(IMAGES);
    return new StageTime(
        name, views > 0 ? window.growth(total) * 1e3 / views : 0, window.perSecond(total));
  }

  private String name() {
    return folder.getFileName() == null ? "run" : folder.getFileName().toString();
  }

  /** Stands for the host and the folder, which others need not know. */
  private static String place(Path folder) {
    return HexFormat.of().formatHex(Sha256.of(host() + folder), 0, 4);
  }

  /** The name of this machine, for people. */
  static String host() {
    try {
      return InetAddress.getLocalHost().getHostName();
    } catch (UnknownHostException e) {
      return "localhost";
    }
  }
}
