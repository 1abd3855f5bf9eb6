package dev.lectern.cli;

import dev.lectern.schemas.progress.Progress;
import dev.lectern.teacher.ledger.LedgerApp;
import dev.lectern.teacher.ledger.LedgerConfig;
import io.micrometer.core.instrument.MeterRegistry;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code lectern ledger}: the book-keeper of one recording. */
@Command(
    name = "ledger",
    modelTransformer = KeyOptionsModel.class,
    header = "Keep a recording's ledger, and seal it.",
    description = {
      "Keep the ledger of a recording: index what teacher workers recorded, count, and seal it when"
          + " every view is recorded or given up.",
      "Several instances share the work. It may be started before the recording exists."
    })
@KeyOptions(
    of = LedgerConfig.class,
    keys = {"recording NAME", "state-dir DIR"})
final class LedgerCommand extends RoleCommand<LedgerConfig> {
  @Mixin private HeartbeatOptions heartbeat;

  @Option(
      names = "--until-sealed",
      description =
          "End when the recording is sealed, instead of waiting for Ctrl-C; key lifetime:"
              + " until_sealed.")
  private boolean untilSealed;

  @Option(
      names = "--reset",
      description =
          "Wipe the local state that an earlier run left; it is rebuilt from the broker; key"
              + " local-state: reset.")
  private boolean reset;

  @Option(
      names = "--seal-empty",
      description =
          "Seal the recording although none of its views could be recorded; key empty: seal.")
  private boolean sealEmpty;

  LedgerCommand() {
    super(LedgerConfig.class);
  }

  @Override
  List<String> furtherSettings() {
    List<String> settings = new ArrayList<>();
    if (untilSealed) {
      settings.add("lifetime=until_sealed");
    }
    if (reset) {
      settings.add("local-state=reset");
    }
    if (sealEmpty) {
      settings.add("empty=seal");
    }
    return settings;
  }

  @Override
  Role role(
      LedgerConfig config,
      Map<String, Object> kafka,
      Progress.Factory progress,
      MeterRegistry registry) {
    LedgerApp app = new LedgerApp(config, kafka, progress, registry, heartbeat.to(kafka));
    return new Role() {
      @Override
      public Outcome run(PrintWriter out) throws InterruptedException {
        boolean sealed = app.run();
        return sealed || config.lifetime() == LedgerConfig.Lifetime.UNTIL_STOPPED
            ? Outcome.DONE
            : Outcome.UNFINISHED;
      }

      @Override
      public void stop() {
        app.stop();
      }
    };
  }
}
