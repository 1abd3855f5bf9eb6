package dev.lectern.cli;

import dev.lectern.trainer.objective.MapTerm.Channels;
import dev.lectern.trainer.train.LossCatalogue;
import dev.lectern.trainer.train.LossCatalogue.Entry;
import dev.lectern.trainer.train.LossConfig;
import java.io.PrintWriter;
import java.util.List;
import java.util.Locale;

/** The catalogue of losses as text. */
final class LossSheet {
  private static final String ROW = "%-19s %7s %4s  %-17s %s%n";

  private LossSheet() {}

  /** One line a loss, then its paper. */
  static void list(PrintWriter out) {
    out.printf(Locale.ROOT, ROW, "NAME", "WEIGHT", "T", "NEEDS", "WHAT");
    for (Entry entry : LossCatalogue.entries()) {
      out.printf(
          Locale.ROOT,
          ROW,
          entry.key(),
          number(entry.weight()),
          temperature(entry),
          entry.needs().replace("; logits for general_instances", " (logits)"),
          entry.title());
      out.printf(Locale.ROOT, ROW, "", "", "", "", entry.paper());
    }
    out.println();
    out.println("'lectern losses NAME' explains one; in a run: losses: [{name: NAME, weight: 1}]");
  }

  /** Everything about one loss, with each key that a run can set and its default. */
  static void explain(Entry entry, PrintWriter out) {
    out.println(entry.key() + ": " + entry.title());
    line(out, "paper", entry.paper());
    line(out, "formula", entry.formula());
    out.println("              s student, t teacher, T temperature; per level, levels summed");
    if (!entry.note().isEmpty()) {
      line(out, "note", entry.note());
    }
    line(out, "needs", entry.needs() + " in the recording");
    out.println("keys of a run, with defaults:");
    line(out, "name", entry.key());
    line(out, "weight", number(entry.weight()));
    entry.temperature().ifPresent(value -> line(out, "temperature", number(value)));
    choice(out, "region", entry.regions());
    choice(out, "variant", entry.variants());
    boolean rows = entry.name() == LossConfig.Name.LD || entry.name() == LossConfig.Name.KD;
    if (rows) {
      line(out, "divisor", "what the sum over rows is divided by, see note; else 1");
      line(out, "gamma", "0.25, lower bound of the vlr regions as a part of the threshold");
    }
    if (entry.map().isPresent()) {
      line(out, "levels", "all; a list such as [0, 1], 0 is the finest");
    }
    if (entry.needs().startsWith("features")) {
      boolean any = entry.map().filter(kind -> kind.channels() == Channels.ANY).isPresent();
      line(
          out,
          "adapter",
          any
              ? "auto (none: the channels may differ), conv1x1, none"
              : "auto (1x1 convolution where channels differ), conv1x1, none");
    }
  }

  private static void choice(PrintWriter out, String key, List<? extends Enum<?>> values) {
    if (!values.isEmpty()) {
      line(out, key, LossCatalogue.listed(values) + (values.size() > 1 ? " (the first)" : ""));
    }
  }

  private static void line(PrintWriter out, String key, String value) {
    out.printf(Locale.ROOT, "  %-12s%s%n", key, value);
  }

  private static String temperature(Entry entry) {
    return entry.temperature().isPresent() ? number(entry.temperature().getAsDouble()) : "-";
  }

  private static String number(double value) {
    return value == Math.rint(value) ? Long.toString((long) value) : Double.toString(value);
  }
}
