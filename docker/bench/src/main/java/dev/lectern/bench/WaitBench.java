package dev.lectern.bench;

import static dev.lectern.bench.Figures.median;
import static dev.lectern.bench.Figures.rounded;

import dev.lectern.schemas.config.ConfigLoader;
import dev.lectern.schemas.progress.Progress;
import dev.lectern.trainer.train.StepReport;
import dev.lectern.trainer.train.TrainConfig;
import dev.lectern.trainer.train.Trainer;
import dev.lectern.trainer.train.TrainingListener;
import dev.lectern.trainer.train.TrainingRun;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * What share of a training step is waiting for data: a real run on a recording of stand-in outputs
 * with dense features, read from the replay store.
 */
public final class WaitBench {
  private final String run;
  private final List<String> sets;
  private final int views;
  private final int warmUpSteps;
  private final Progress.Factory progress;

  /**
   * @param run YAML of a run: student, losses, batch size; what it learns from is set here
   * @param sets further settings of the run, {@code key=value}
   * @param views how many are recorded; an epoch visits each once
   * @param warmUpSteps first steps that do not count
   */
  public WaitBench(
      String run, List<String> sets, int views, int warmUpSteps, Progress.Factory progress) {
    this.run = run;
    this.sets = List.copyOf(sets);
    this.views = views;
    this.warmUpSteps = warmUpSteps;
    this.progress = progress;
  }

  /**
   * Runs in a folder that may be thrown away afterwards.
   *
   * @return figures by name, for JSON
   */
  public Map<String, Object> run(Path folder) throws IOException, InterruptedException {
    try (BenchRecording recording = BenchRecording.standIn(folder, views, progress)) {
      List<String> keys =
          new ArrayList<>(
              List.of(
                  "bootstrap-servers=" + recording.kafka().get("bootstrap.servers"),
                  "recording=" + BenchRecording.NAME,
                  ConfigLoader.setting("out", folder.resolve("run")),
                  "evaluation.split=none",
                  "replay.fill=before"));
      keys.addAll(sets);
      TrainConfig config = ConfigLoader.bind(run, keys, TrainConfig.class, "bench");
      Steps steps = new Steps();
      new TrainingRun(
              config, TrainingRun.Start.FRESH, new SimpleMeterRegistry(), progress, List.of(steps))
          .run();
      return figures(config, steps.reports);
    }
  }

  /** Keeps what each step was like. */
  private static final class Steps implements TrainingListener {
    private final List<StepReport> reports = new ArrayList<>();

    @Override
    public void stepped(Trainer trainer, StepReport step) {
      reports.add(step);
    }
  }

  private Map<String, Object> figures(TrainConfig config, List<StepReport> all) {
    if (all.size() <= warmUpSteps) {
      throw new IllegalStateException(
          "found " + all.size() + " steps, of which the first " + warmUpSteps + " do not count");
    }
    List<StepReport> steps = all.subList(warmUpSteps, all.size());
    double seconds = steps.stream().mapToDouble(StepReport::seconds).sum();
    double waited = steps.stream().mapToDouble(StepReport::waitSeconds).sum();
    Map<String, Object> figures = new LinkedHashMap<>();
    figures.put("benchmark", "trainer-wait");
    figures.put("network", config.student().network().name());
    figures.put("losses", steps.get(0).losses().keySet().stream().sorted().toList());
    figures.put("views", views);
    figures.put("batchSize", config.batchSize());
    figures.put("steps", steps.size());
    figures.put("epochs", config.epochs());
    figures.put("stepMs", rounded(median(steps.stream().map(s -> s.seconds() * 1e3).toList())));
    figures.put(
        "viewsPerSecond", rounded(steps.stream().mapToInt(StepReport::images).sum() / seconds));
    figures.put(
        "waitShare", Double.parseDouble(String.format(Locale.ROOT, "%.5f", waited / seconds)));
    figures.put(
        "worstWaitMs",
        rounded(steps.stream().mapToDouble(s -> s.waitSeconds() * 1e3).max().orElse(0)));
    figures.put("decodeThreads", config.replay().decodeThreads());
    figures.put("threads", config.threads());
    return figures;
  }
}
