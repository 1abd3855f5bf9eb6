package dev.lectern.cli;

import dev.lectern.cli.progress.TerminalSize;
import dev.lectern.schemas.config.UserMistakeException;
import dev.lectern.watch.Deadline;
import dev.lectern.watch.FleetJson;
import dev.lectern.watch.FleetReader;
import dev.lectern.watch.FleetSnapshot;
import dev.lectern.watch.FleetView;
import dev.lectern.watch.terminal.Ink;
import dev.lectern.watch.terminal.StatusPage;
import java.io.PrintWriter;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZonedDateTime;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code lectern status}: what the fleet and its students do, on a terminal. */
@Command(
    name = "status",
    header = "Show datasets, recordings, workers and runs.",
    description = {
      "Show what datasets, recordings, workers and runs do, and what holds them up.",
      "It reads manifests and heartbeats, never a payload, and changes nothing."
    })
final class StatusCommand implements Callable<Integer> {
  private static final String TO_TOP_AND_CLEAR = "\u001b[H\u001b[2J";

  @Spec private CommandSpec spec;
  @Mixin private ConnectionOptions connection;

  @Option(
      names = "--watch",
      description = "Show it anew every few seconds until Ctrl-C; with --json one line each time.")
  private boolean watch;

  @Option(
      names = "--interval",
      paramLabel = "SECONDS",
      defaultValue = "2",
      description = "Between two looks of --watch.")
  private int interval;

  @Option(
      names = "--json",
      description = "Print one line of JSON; docker's README lists its fields.")
  private boolean json;

  @Option(
      names = "--finish-by",
      paramLabel = "TIME",
      description =
          "Say how many workers finish the open recordings by then: 18:30, 2026-11-22T18:30, or"
              + " 90m, 2h from now.")
  private String finishBy;

  @Override
  public Integer call() throws Exception {
    if (interval < 1 || interval > 3600) {
      throw new UserMistakeException("--interval " + interval + ": expected 1 to 3600");
    }
    Instant deadline =
        finishBy == null
            ? null
            : Deadline.parse(finishBy, ZonedDateTime.now(ZoneId.systemDefault()));
    Map<String, Object> kafka = connection.clientProperties();
    BrokerCheck.answers(kafka);
    if (!watch) {
      try (FleetReader reader = new FleetReader(kafka)) {
        show(view(reader, deadline), null);
      }
      return ExitCode.DONE;
    }
    CountDownLatch stop = new CountDownLatch(1);
    return StopOnSignal.run(
        spec.name(), Duration.ofSeconds(10), stop::countDown, () -> watch(kafka, deadline, stop));
  }

  private Outcome watch(Map<String, Object> kafka, Instant deadline, CountDownLatch stop)
      throws InterruptedException {
    TerminalSize terminal =
        Ink.ofStandardOutput() == Ink.COLOURS ? TerminalSize.ofStandardOutput() : null;
    try (FleetReader reader = new FleetReader(kafka)) {
      do {
        show(view(reader, deadline), terminal);
      } while (!stop.await(interval, TimeUnit.SECONDS));
    }
    return Outcome.DONE;
  }

  private static FleetView view(FleetReader reader, Instant deadline) {
    FleetSnapshot snapshot = reader.snapshot();
    return deadline == null ? snapshot.view() : snapshot.view(deadline);
  }

  /**
   * @param terminal that shows it in place of what it showed before; null to write it below
   */
  private void show(FleetView fleet, TerminalSize terminal) {
    PrintWriter out = spec.commandLine().getOut();
    if (json) {
      out.println(FleetJson.of(fleet));
    } else {
      List<String> lines = StatusPage.lines(fleet, Ink.ofStandardOutput());
      if (terminal != null) {
        TerminalSize.Window window = terminal.window();
        out.print(TO_TOP_AND_CLEAR);
        lines = StatusPage.fitting(lines, window.rows(), window.columns());
      }
      out.print(String.join(System.lineSeparator(), lines) + System.lineSeparator());
      if (watch && terminal == null) {
        out.println();
      }
    }
    out.flush();
  }
}
