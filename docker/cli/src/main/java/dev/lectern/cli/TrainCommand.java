package dev.lectern.cli;

import dev.lectern.report.Page;
import dev.lectern.schemas.config.FileError;
import dev.lectern.schemas.config.UserMistakeException;
import dev.lectern.schemas.file.OutputFile;
import dev.lectern.schemas.progress.Progress;
import dev.lectern.schemas.status.Heartbeats;
import dev.lectern.schemas.status.Pulse;
import dev.lectern.schemas.view.OpenCvLibrary;
import dev.lectern.trainer.train.EvaluationReport;
import dev.lectern.trainer.train.RunReport;
import dev.lectern.trainer.train.TrainConfig;
import dev.lectern.trainer.train.TrainingRun;
import io.micrometer.core.instrument.MeterRegistry;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code lectern train}: one student on recordings, or on a dataset alone. */
@Command(
    name = "train",
    modelTransformer = KeyOptionsModel.class,
    header = "Train a student on a recording, or a detector on a dataset.",
    description = {
      "Train a student detector on a recording, or any detector on the ground truth of a dataset"
          + " alone; or go on with a run that ended early.",
      "The network, losses, optimiser and schedule come from --config; the trainer's README lists"
          + " every key. Ctrl-C ends the run after the present step, with a checkpoint."
    })
@KeyOptions(
    of = TrainConfig.class,
    keys = {
      "dataset NAME",
      "out DIR",
      "seed",
      "epochs",
      "batch-size",
      "split NAME",
      "weights FILE",
      "device",
      "threads"
    })
final class TrainCommand extends RoleCommand<TrainConfig> {
  /** Recognises the page of a run. */
  private static final OutputFile.Mark PAGE = Page.mark("train");

  @Mixin private HeartbeatOptions heartbeat;
  @Mixin private JsonOption output;

  @Option(
      names = "--resume",
      description =
          "Go on from the newest checkpoint of the run's folder, or start if there is none.")
  private boolean resume;

  @Option(
      names = "--recording",
      paramLabel = "NAME",
      split = ",",
      description =
          "What to learn from; keys recording and recordings. Required without --dataset."
              + " Repeatable: recordings of one dataset, replayed together.")
  private List<String> recordings;

  @Option(
      names = "--archive",
      paramLabel = "DIR|URL",
      description =
          "A recording that lectern recordings export wrote, on disk or at an http address, to"
              + " read in place of a broker; key archives. Repeatable.")
  private List<String> archives;

  TrainCommand() {
    super(TrainConfig.class);
  }

  @Override
  List<String> furtherSettings() {
    List<String> settings = new ArrayList<>();
    if (recordings != null) {
      settings.add("recording=null");
      settings.add("recordings=" + RoleSettings.json(recordings));
    }
    if (archives != null) {
      settings.add("archives=" + RoleSettings.json(archives));
    }
    return settings;
  }

  @Override
  boolean needsBroker(TrainConfig config) {
    return config.archives().isEmpty();
  }

  @Override
  Role role(
      TrainConfig config,
      Map<String, Object> kafka,
      Progress.Factory progress,
      MeterRegistry registry) {
    OpenCvLibrary.load();
    RunReport course = new RunReport(config);
    TrainingRun run =
        new TrainingRun(
            config,
            resume ? TrainingRun.Start.RESUME : TrainingRun.Start.FRESH,
            registry,
            progress,
            List.of(course));
    Heartbeats heartbeats = needsBroker(config) ? heartbeat.to(kafka) : Heartbeats.NONE;
    return new Role() {
      private volatile Pulse pulse = Pulse.SILENT;

      @Override
      public Outcome run(PrintWriter out) throws InterruptedException {
        Path page = Path.of(config.out()).resolve("evaluation.html");
        OutputFile.requireFree(page, PAGE, "move it, or choose another folder with --out");
        try (Pulse started = heartbeats.start(course)) {
          pulse = started;
          try {
            TrainingRun.Result result = run.run();
            write(result.evaluation(), page);
            if (output.json()) {
              out.println(JsonOption.text(json(result, page)));
            } else {
              report(result, page, out);
            }
            return result.done() ? Outcome.DONE : Outcome.UNFINISHED;
          } catch (RuntimeException | Error e) {
            started.failed(e);
            throw e;
          }
        }
      }

      @Override
      public void stop() {
        pulse.draining();
        run.stop();
      }

      @Override
      public Duration timeout() {
        return Duration.ofMinutes(10);
      }
    };
  }

  private static void write(EvaluationReport report, Path page) {
    if (report == null || report.measured() == null) {
      return;
    }
    String title =
        String.format(
            Locale.ROOT,
            "Run %s after %d epochs, split %s",
            page.toAbsolutePath().getParent().getFileName(),
            report.epochs(),
            report.split());
    try {
      EvaluationPage.of(title, "train", report.measured().truth(), report.measured().detections())
          .write(page);
    } catch (IOException e) {
      throw new UserMistakeException(page + ": cannot be written: " + FileError.reason(e), e);
    }
  }

  private static Map<String, Object> json(TrainingRun.Result result, Path page) {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("done", result.done());
    json.put("epochs", result.position().epoch());
    json.put("steps", result.position().globalStep());
    if (result.evaluation() != null) {
      json.put("split", result.evaluation().split());
      json.put("images", result.evaluation().images());
      json.put(result.evaluation().metrics().name(), result.evaluation().metrics().main());
      if (result.evaluation().measured() != null) {
        json.put("evaluation", page.toString());
      }
    }
    json.put("student", result.student() == null ? null : result.student().toString());
    return json;
  }

  private static void report(TrainingRun.Result result, Path page, PrintWriter out) {
    out.printf(
        "%s after %d epochs, %d steps%n",
        result.done() ? "done" : "stopped",
        result.position().epoch(),
        result.position().globalStep());
    if (result.evaluation() != null) {
      out.printf(
          Locale.ROOT,
          "%s %.4f on %d images of split %s%n",
          result.evaluation().metrics().name(),
          result.evaluation().metrics().main(),
          result.evaluation().images(),
          result.evaluation().split());
    }
    if (result.student() != null) {
      out.println("student " + result.student());
    }
    if (result.evaluation() != null && result.evaluation().measured() != null) {
      out.println("evaluation " + page);
    }
  }
}
