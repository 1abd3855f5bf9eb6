package dev.lectern.cli;

import dev.lectern.schemas.progress.Progress;
import dev.lectern.teacher.ledger.LedgerApp;
import dev.lectern.teacher.ledger.LedgerConfig;
import io.micrometer.core.instrument.MeterRegistry;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code lectern ledger}: the book-keeper of one recording. */
@Command(
    name = "ledger",
    header = "Keep a recording's ledger, and seal it.",
    description = {
      "Keep the ledger of a recording: index what teacher workers recorded, count, and seal it when"
          + " every view is recorded or given up.",
      "Several instances share the work. It may be started before the recording exists."
    })
@SuppressWarnings("UnusedVariable") // options are read by picocli and SettingOptions
final class LedgerCommand extends RoleCommand<LedgerConfig> {
  @ArgGroup(exclusive = false, heading = "%nSettings, also keys of --config:%n")
  private Settings own;

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

  private static final class Settings {
    @Option(names = "--recording", paramLabel = "NAME", description = "Which one. Required.")
    String recording;

    @Option(
        names = "--state-dir",
        paramLabel = "DIR",
        description =
            "Local state; instances on one host may share it. Default: lectern/ledger in"
                + " $XDG_STATE_HOME or ~/.local/state")
    Path stateDir;
  }

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
