package dev.lectern.cli;

import dev.lectern.schemas.record.TensorKind;
import dev.lectern.trainer.catalogue.LossCatalogue;
import dev.lectern.trainer.catalogue.LossConfig;
import dev.lectern.trainer.catalogue.Method;
import dev.lectern.trainer.catalogue.Method.Channels;
import dev.lectern.trainer.catalogue.Method.Levels;
import dev.lectern.trainer.catalogue.MethodKey;
import dev.lectern.trainer.catalogue.Region;
import dev.lectern.trainer.loss.Variant;
import dev.lectern.trainer.objective.TermNeeds.Positions;
import java.io.PrintWriter;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** The catalogue of losses as text. */
final class LossSheet {
  private static final String ROW = "%-19s %7s %4s  %-17s %s%n";

  private LossSheet() {}

  /** One line a loss, then its paper. */
  static void list(PrintWriter out) {
    out.printf(Locale.ROOT, ROW, "NAME", "WEIGHT", "T", "NEEDS", "WHAT");
    for (Method method : LossCatalogue.methods()) {
      out.printf(
          Locale.ROOT,
          ROW,
          method.name(),
          weight(method),
          temperature(method),
          kinds(needs(method)),
          method.title());
      out.printf(Locale.ROOT, ROW, "", "", "", "", method.paper());
    }
    out.println();
    out.println("'lectern losses NAME' explains one; in a run: losses: [{name: NAME, weight: 1}]");
  }

  /** Everything about one loss, with each key that a run can set and its default. */
  static void explain(Method method, PrintWriter out) {
    out.println(method.name() + ": " + method.title());
    line(out, "paper", method.paper());
    line(out, "formula", method.formula());
    out.println("              s student, t teacher, T temperature; per level, levels summed");
    if (!method.note().isEmpty()) {
      line(out, "note", method.note());
    }
    line(out, "needs", places(needs(method)) + " in the recording");
    out.println("keys of a run, with defaults:");
    line(out, "name", method.name());
    line(out, "weight", explainedWeight(method));
    method.temperature().ifPresent(value -> line(out, "temperature", number(value)));
    choice(out, "region", method.regions().stream().map(Region::key).toList());
    choice(out, "variant", method.variants().stream().map(LossConfig::key).toList());
    for (MethodKey key : method.keys()) {
      own(out, key.name(), key);
    }
    if (method.levels() == Levels.CHOSEN) {
      line(out, "levels", "all; a list such as [0, 1], 0 is the finest");
    }
    method
        .channels()
        .filter(channels -> channels != Channels.OWN)
        .ifPresent(channels -> line(out, "adapter", adapter(channels)));
    line(
        out, "precision", "int8, the coarsest stored values it accepts; float16, fixed24, float32");
    line(out, "teachers", "all recordings of the run; a list such as [{recording: r, weight: 1}]");
    for (MethodKey key : LossCatalogue.scheduleKeys()) {
      own(out, "schedule." + key.name(), key);
    }
  }

  private static String adapter(Channels channels) {
    return channels == Channels.ANY
        ? "auto (none: the channels may differ), conv1x1, conv3x3, none"
        : "auto (1x1 convolution where channels differ), conv1x1, conv3x3, none";
  }

  private static Map<TensorKind, Positions> needs(Method method) {
    return new TreeMap<>(LossConfig.of(method.name()).needs().teacher());
  }

  private static String kinds(Map<TensorKind, Positions> needs) {
    String logits =
        needs.containsKey(TensorKind.BOX_LOGITS)
            ? "logits"
            : needs.containsKey(TensorKind.CLASS_SCORES) ? "class logits" : "";
    String features = needs.containsKey(TensorKind.FPN_FEATURES) ? "features" : "";
    return logits.isEmpty() || features.isEmpty() ? logits + features : logits + ", " + features;
  }

  private static String places(Map<TensorKind, Positions> needs) {
    return needs.entrySet().stream()
        .map(
            need ->
                name(need.getKey())
                    + switch (need.getValue()) {
                      case RECORDED -> " wherever recorded";
                      case REGIONS -> " near objects";
                      case DENSE -> " everywhere";
                    })
        .collect(Collectors.joining(", "));
  }

  private static String name(TensorKind kind) {
    return switch (kind) {
      case CLASS_SCORES -> "class logits";
      case BOX_LOGITS -> "box logits";
      case FPN_FEATURES -> "features";
    };
  }

  private static void choice(PrintWriter out, String key, List<String> values) {
    if (!values.isEmpty()) {
      line(out, key, String.join(", ", values) + (values.size() > 1 ? " (the first)" : ""));
    }
  }

  private static void own(PrintWriter out, String name, MethodKey key) {
    String range =
        key.kind() == MethodKey.Kind.CHOICE
            ? String.join(", ", key.choices()) + " (the first)"
            : key.shownStart() + "; " + key.range();
    line(out, name, range + "; " + key.meaning());
  }

  private static void line(PrintWriter out, String key, String value) {
    out.printf(Locale.ROOT, "  %-11s %s%n", key, value);
  }

  /** A number, or where it depends on the number of classes K a product with it. */
  private static String weight(Method method) {
    return number(method.weight())
        + (method.meanOfClasses().isPresent() ? "K/" + method.meanOfClasses().getAsInt() : "");
  }

  private static String explainedWeight(Method method) {
    if (method.meanOfClasses().isEmpty()) {
      return number(method.weight());
    }
    return "%s * K / %d for K classes (%s for 3); variant paper: %s"
        .formatted(
            number(method.weight()),
            method.meanOfClasses().getAsInt(),
            number(method.defaultWeight(3, Variant.OFFICIAL)),
            number(method.defaultWeight(3, Variant.PAPER)));
  }

  private static String temperature(Method method) {
    return method.temperature().isPresent() ? number(method.temperature().getAsDouble()) : "-";
  }

  private static String number(double value) {
    return value == Math.rint(value) ? Long.toString((long) value) : Double.toString(value);
  }
}
