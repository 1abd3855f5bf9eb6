package dev.lectern.watch.terminal;

import dev.lectern.watch.Advice;
import dev.lectern.watch.DatasetView;
import dev.lectern.watch.Figures;
import dev.lectern.watch.FinishBy;
import dev.lectern.watch.FleetView;
import dev.lectern.watch.RecordingView;
import dev.lectern.watch.RunView;
import dev.lectern.watch.Stage;
import dev.lectern.watch.WorkerView;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/** What {@code lectern status} prints: at most 80 columns, one block for each kind of thing. */
public final class StatusPage {
  private static final int WIDTH = 79;
  private static final int BAR = 20;

  private final FleetView fleet;
  private final Ink ink;
  private final List<String> lines = new ArrayList<>();

  private StatusPage(FleetView fleet, Ink ink) {
    this.fleet = fleet;
    this.ink = ink;
  }

  /** The page as lines, each without its end. */
  public static List<String> lines(FleetView fleet, Ink ink) {
    StatusPage page = new StatusPage(fleet, ink);
    page.lines.add(
        ink.heading("lectern") + "  " + fleet.bootstrapServers() + "  " + second(fleet.at()));
    page.warnings();
    page.advice();
    page.recordings();
    page.workers();
    page.runs();
    page.datasets();
    return List.copyOf(page.lines);
  }

  /**
   * As much of a page as a window shows at once: its first lines, and if there are more a last one
   * that counts the others.
   *
   * @param rows of the window, of which the last stays free for the cursor
   * @param columns of the window; longer lines take several rows
   */
  public static List<String> fitting(List<String> lines, int rows, int columns) {
    if (rows(lines, columns) < rows) {
      return lines;
    }
    int shown = 0;
    int used = 0;
    while (shown < lines.size()
        && used + rows(lines.subList(shown, shown + 1), columns) <= rows - 2) {
      used += rows(lines.subList(shown, shown + 1), columns);
      shown++;
    }
    List<String> fitting = new ArrayList<>(lines.subList(0, shown));
    fitting.add(cut("... " + (lines.size() - shown) + " more lines", Math.max(3, columns)));
    return fitting;
  }

  private static int rows(List<String> lines, int columns) {
    return lines.stream()
        .mapToInt(line -> 1 + Math.max(0, Ink.visible(line).length() - 1) / Math.max(1, columns))
        .sum();
  }

  private void warnings() {
    if (!fleet.warnings().isEmpty()) {
      heading("WARNINGS", "");
      fleet.warnings().forEach(text -> wrapped("  - ", text));
    }
  }

  private void advice() {
    List<String> texts = new ArrayList<>();
    fleet.advice().stream().map(Advice::text).forEach(texts::add);
    if (fleet.finishBy() != null) {
      fleet.finishBy().plans().stream().map(FinishBy.Plan::text).forEach(texts::add);
      if (fleet.finishBy().plans().isEmpty()) {
        texts.add("No recording has views left to record.");
      }
    }
    if (!texts.isEmpty()) {
      heading("ADVICE", "");
      texts.forEach(text -> wrapped("  - ", text));
    }
  }

  private void recordings() {
    heading("RECORDINGS", fleet.recordings().isEmpty() ? "none" : "");
    for (RecordingView r : fleet.recordings()) {
      lines.add(
          String.format(
              "  %-24s %s %s %4s  %s",
              cut(r.name(), 24),
              ink.state(pad(r.state(), 6)),
              bar(r.counts().progress()),
              Math.round(Math.floor(r.counts().progress() * 100)) + "%",
              Figures.grouped(r.counts().recorded())
                  + " of "
                  + Figures.grouped(r.counts().expected())));
      boolean open = r.state().equals("open");
      List<String> facts = new ArrayList<>();
      if (open) {
        facts.add(Figures.rate(r.viewsPerSecond()) + " views/s");
        facts.add(
            (r.etaSeconds() == null ? "end unknown" : Figures.duration(r.etaSeconds()) + " left"));
        facts.add(r.workers() == 1 ? "1 worker" : r.workers() + " workers");
        if (!r.ledger().equals("working")) {
          facts.add("ledger: " + r.ledger());
        }
      }
      facts.add(Figures.bytes(r.bytes()));
      if (r.counts().deadLettered() > 0) {
        facts.add(
            Figures.grouped(r.counts().deadLettered())
                + (r.counts().deadLettered() == 1 ? " dead letter" : " dead letters"));
      }
      if (r.counts().rejected() > 0) {
        facts.add(Figures.grouped(r.counts().rejected()) + " receipts refused");
      }
      detail(String.join(", ", facts));
      if (!r.bytesPerKind().isEmpty()) {
        detail(
            r.bytesPerKind().entrySet().stream()
                .map(e -> e.getKey() + " " + Figures.bytes(e.getValue()))
                .collect(Collectors.joining(", ")));
      }
      for (RecordingView.Cause cause : r.causes()) {
        String line =
            "    "
                + Figures.grouped(cause.count())
                + " x "
                + cause.cause()
                + "; "
                + cause.example();
        lines.add(ink.alarm(cut(line, WIDTH)));
      }
    }
  }

  private void workers() {
    heading("WORKERS", fleet.workers().isEmpty() ? "none within the last hour" : "");
    if (fleet.workers().isEmpty()) {
      return;
    }
    lines.add(
        ink.faint(
            String.format(
                "  %-21s %-16s %-8s %-6s %7s %7s %6s",
                "worker", "recording", "state", "device", "batch", "views/s", "waits")));
    for (WorkerView w : fleet.workers()) {
      lines.add(
          String.format(
              "  %-21s %-16s %s %-6s %7s %7s %6s",
              cut(w.worker(), 21),
              cut(w.recording(), 16),
              ink.state(pad(w.presence().state(), 8)),
              cut(w.device(), 6),
              String.format(Locale.ROOT, "%.1f/%d", w.viewsPerBatch(), w.batchSize()),
              Figures.rate(w.viewsPerSecond()),
              Figures.percent(w.waits().sum())));
      if (!w.presence().cause().isEmpty()) {
        lines.add(ink.alarm(cut("    " + w.presence().cause(), WIDTH)));
      }
      stages("ms a view: ", w.stages());
    }
  }

  private void stages(String title, Map<String, Stage> stages) {
    String times =
        stages.entrySet().stream()
            .filter(e -> e.getValue().millisPerView() > 0)
            .map(StatusPage::stage)
            .collect(Collectors.joining(", "));
    if (!times.isEmpty()) {
      detail(title + times);
    }
  }

  private static String stage(Map.Entry<String, Stage> stage) {
    return String.format(Locale.ROOT, "%s %.1f", stage.getKey(), stage.getValue().millisPerView());
  }

  private void runs() {
    heading("RUNS", fleet.runs().isEmpty() ? "none within the last week" : "");
    if (fleet.runs().isEmpty()) {
      return;
    }
    lines.add(
        ink.faint(
            String.format(
                "  %-16s %-8s %7s %8s %6s %8s %6s %11s",
                "run", "state", "epoch", "images/s", "waits", "loss", "AP", "left")));
    for (RunView r : fleet.runs()) {
      lines.add(
          String.format(
              "  %-16s %s %7s %8s %6s %8s %6s %11s",
              cut(r.name(), 16),
              ink.state(pad(r.presence().state(), 8)),
              r.position().epoch() + "/" + r.position().epochs(),
              Figures.rate(r.imagesPerSecond()),
              Figures.percent(r.dataWaitShare()),
              r.losses().loss() == null
                  ? "-"
                  : String.format(Locale.ROOT, "%.4g", r.losses().loss()),
              r.accuracy().ap() == null
                  ? "-"
                  : String.format(Locale.ROOT, "%.3f", r.accuracy().ap()),
              r.etaSeconds() == null ? "-" : Figures.duration(r.etaSeconds())));
      detail(
          r.student()
              + " on "
              + String.join(", ", r.recordings())
              + ", "
              + r.device()
              + " of "
              + r.presence().host());
      stages("replay, ms a view: ", r.stages());
      if (!r.presence().cause().isEmpty()) {
        lines.add(ink.alarm(cut("    " + r.presence().cause(), WIDTH)));
      }
    }
  }

  private void datasets() {
    heading("DATASETS", fleet.datasets().isEmpty() ? "none" : "");
    if (fleet.datasets().isEmpty()) {
      return;
    }
    lines.add(
        ink.faint(
            String.format(
                "  %-24s %-6s %10s %10s %10s %10s",
                "dataset", "state", "images", "views", "objects", "canvas")));
    for (DatasetView d : fleet.datasets()) {
      lines.add(
          String.format(
              "  %-24s %s %10s %10s %10s %10s",
              cut(d.name(), 24),
              ink.state(pad(d.state(), 6)),
              Figures.grouped(d.images()),
              Figures.grouped(d.views()),
              Figures.grouped(d.objects()),
              d.width() + "x" + d.height()));
      if (!d.problems().isEmpty()) {
        detail(
            d.problems().entrySet().stream()
                .map(e -> Figures.grouped(e.getValue()) + " " + e.getKey())
                .collect(Collectors.joining(", ")));
      }
    }
  }

  private void heading(String title, String remark) {
    lines.add("");
    lines.add(ink.heading(title) + (remark.isEmpty() ? "" : "  " + remark));
  }

  private void detail(String text) {
    lines.add(ink.faint(cut("    " + text, WIDTH)));
  }

  private void wrapped(String indent, String text) {
    StringBuilder line = new StringBuilder(indent);
    boolean first = true;
    for (String word : text.split(" ")) {
      if (!first && line.length() + 1 + word.length() > WIDTH) {
        lines.add(line.toString());
        line.setLength(0);
        line.append(" ".repeat(indent.length()));
        first = true;
      }
      line.append(first ? "" : " ").append(word);
      first = false;
    }
    lines.add(line.toString());
  }

  private static String bar(double share) {
    int full = (int) Math.floor(Math.min(1, share) * BAR);
    return "[" + "#".repeat(full) + ".".repeat(BAR - full) + "]";
  }

  private static String pad(String text, int width) {
    return String.format("%-" + width + "s", text);
  }

  private static String cut(String text, int width) {
    return text.length() <= width ? text : text.substring(0, width - 2) + "..";
  }

  private static String second(String instant) {
    return instant.replaceFirst("\\.\\d+Z$", "Z").replace('T', ' ');
  }
}
