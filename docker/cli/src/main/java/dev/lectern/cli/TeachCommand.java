package dev.lectern.cli;

import dev.lectern.schemas.progress.Progress;
import dev.lectern.schemas.view.OpenCvLibrary;
import dev.lectern.teacher.recording.TeachApp;
import dev.lectern.teacher.recording.TeachConfig;
import dev.lectern.teacher.recording.TeacherFactory;
import io.micrometer.core.instrument.MeterRegistry;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code lectern teach}: one worker of a teacher fleet. */
@Command(
    name = "teach",
    modelTransformer = KeyOptionsModel.class,
    header = "Run one teacher worker.",
    description = {
      "Run one teacher worker: views of a dataset go through the model, its outputs are recorded.",
      "Start as many as you like, on any hosts, at any time; views are shared among them. Ctrl-C"
          + " finishes the views that were begun."
    })
@KeyOptions(
    of = TeachConfig.class,
    keys = {
      "dataset NAME",
      "recording NAME",
      "teacher FILE.yaml",
      "model FILE",
      "kinds KIND",
      "device",
      "threads",
      "lanes",
      "decode-threads",
      "encode-threads",
      "drain-seconds",
      "max-failures SHARE%,VIEWS",
      "inference-seconds",
      "until-sealed",
      "idle-when-sealed",
      "worker NAME"
    })
final class TeachCommand extends RoleCommand<TeachConfig> {
  @Mixin private EncodingOptions encoding;

  @Mixin private HeartbeatOptions heartbeat;

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
