package dev.lectern.cli;

import dev.lectern.schemas.progress.Progress;
import dev.lectern.schemas.view.OpenCvLibrary;
import dev.lectern.teacher.recording.TeachApp;
import dev.lectern.teacher.recording.TeachConfig;
import dev.lectern.teacher.recording.TeacherFactory;
import io.micrometer.core.instrument.MeterRegistry;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code lectern teach}: one worker of a teacher fleet. */
@Command(
    name = "teach",
    header = "Run one teacher worker.",
    description = {
      "Run one teacher worker: views of a dataset go through the model, its outputs are recorded.",
      "Start as many as you like, on any hosts, at any time; views are shared among them. Ctrl-C"
          + " finishes the views that were begun."
    })
@SuppressWarnings("UnusedVariable") // options are read by picocli and SettingOptions
final class TeachCommand extends RoleCommand<TeachConfig> {
  @Mixin private EncodingOptions encoding;

  @ArgGroup(exclusive = false, heading = "%nSettings, also keys of --config:%n")
  private Settings own;

  @Mixin private HeartbeatOptions heartbeat;

  private static final class Settings {
    @Option(names = "--dataset", description = "Whose views to record. Required.")
    String dataset;

    @Option(
        names = "--recording",
        description = "What to write; its first worker makes it. Required.")
    String recording;

    @Option(
        names = "--teacher",
        paramLabel = "FILE.yaml",
        description = "The teacher's descriptor. Required, but for a student")
    Path teacher;

    @Option(
        names = "--model",
        paramLabel = "FILE",
        description =
            "The exported model: .onnx, or .pt (TorchScript); or a trained student:"
                + " student.safetensors. Required.")
    Path model;

    @Option(
        names = "--kinds",
        split = ",",
        paramLabel = "KIND",
        description =
            "What to record, of class-scores, box-logits, fpn-features. Default: all that the"
                + " descriptor names")
    List<String> kinds;

    @Option(names = "--device", description = "cpu, cuda or cuda:N. Default: cpu")
    String device;

    @Option(
        names = "--threads",
        paramLabel = "N",
        description = "Threads of one inference call on the CPU. Default: one per processor")
    Integer threads;

    @Option(
        names = "--lanes",
        paramLabel = "N",
        description = "Consumers that fetch views in turn. Default: 4")
    Integer lanes;

    @Option(
        names = "--decode-threads",
        paramLabel = "N",
        description =
            "Threads that turn pixels into canvases. Default: a quarter of the processors")
    Integer decodeThreads;

    @Option(
        names = "--encode-threads",
        paramLabel = "N",
        description =
            "Threads that turn tensors into payloads. Default: a quarter of the processors")
    Integer encodeThreads;

    @Option(
        names = "--drain-seconds",
        paramLabel = "N",
        description = "Time to finish begun views after Ctrl-C. Default: 60")
    Integer drainSeconds;

    @Option(
        names = "--max-failures",
        paramLabel = "SHARE%,VIEWS",
        description =
            "End with 1 when, after so many views, so large a share of them failed of one cause; or"
                + " none. Default: 100%%,20")
    String maxFailures;

    @Option(
        names = "--inference-seconds",
        paramLabel = "N",
        description =
            "How long the model may take for one batch; then its views are given back and the worker"
                + " ends with 1. Default: 600")
    Integer inferenceSeconds;

    @Option(
        names = "--until-sealed",
        description = "End when the recording is sealed, instead of waiting for more views.")
    Boolean untilSealed;

    @Option(
        names = "--worker",
        paramLabel = "NAME",
        description = "Name in receipts and dead letters. Default: host name and process id")
    String worker;
  }

  TeachCommand() {
    super(TeachConfig.class);
  }

  @Override
  Role role(
      TeachConfig config,
      Map<String, Object> kafka,
      Progress.Factory progress,
      MeterRegistry registry) {
    OpenCvLibrary.load();
    EncodingOptions.Resolved resolved = encoding.resolve(config, kafka);
    TeachApp app =
        new TeachApp(
            resolved.config(),
            kafka,
            progress,
            registry,
            TeacherFactory.MODEL_FILE,
            heartbeat.to(kafka));
    return new Role() {
      @Override
      public Outcome run(PrintWriter out) throws InterruptedException {
        resolved.report().accept(out);
        boolean sealed = app.run();
        return sealed || !config.untilSealed() ? Outcome.DONE : Outcome.UNFINISHED;
      }

      @Override
      public void stop() {
        app.stop();
      }

      @Override
      public Duration timeout() {
        return Duration.ofSeconds(config.pipeline().drainSeconds() + 10L);
      }
    };
  }
}
