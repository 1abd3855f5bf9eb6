package dev.lectern.cli;

import dev.lectern.schemas.config.ConfigKey;
import dev.lectern.schemas.record.TensorKind;
import dev.lectern.trainer.distil.About;
import dev.lectern.trainer.distil.Method;
import dev.lectern.trainer.distil.Methods;
import dev.lectern.trainer.distil.Needs.Positions;
import dev.lectern.trainer.train.Applicability;
import java.io.PrintWriter;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** The distillation methods as text, from what their settings records state. */
final class LossSheet {
  private static final String ROW = "%-19s %7s %4s  %-17s %s%n";

  private LossSheet() {}

  /** One line a loss, then its paper. */
  static void list(PrintWriter out) {
    out.printf(Locale.ROOT, ROW, "NAME", "WEIGHT", "T", "NEEDS", "WHAT");
    for (String name : Methods.names()) {
      Class<? extends Method> method = Methods.named(name);
      About about = method.getAnnotation(About.class);
      out.printf(
          Locale.ROOT,
          ROW,
          name,
          shownDefault(method, "weight")
              .replaceFirst(" \\(.*", "")
              .replace(" ", "")
              .replace("*", ""),
          shownDefault(method, "temperature"),
          kinds(needs(name)),
          about.title());
      out.printf(Locale.ROOT, ROW, "", "", "", "", about.paper());
    }
    out.println();
    out.println("'lectern losses NAME' explains one; in a run: losses: [{name: NAME, weight: 1}]");
  }

  /** Which losses apply to a student and a teacher, one line each, and why not the others. */
  static void pair(List<Applicability> losses, PrintWriter out) {
    String row = "%-23s %-9s %s%n";
    out.printf(Locale.ROOT, row, "NAME", "APPLIES", "WHY NOT, OR WHAT IS CONVERTED");
    for (Applicability loss : losses) {
      List<String> reasons = loss.applies() ? loss.conversions() : loss.obstacles();
      String verdict = !loss.applies() ? "no" : reasons.isEmpty() ? "yes" : "converted";
      String name = (loss.name() + " " + loss.region()).strip();
      out.printf(Locale.ROOT, row, name, verdict, String.join("; ", reasons));
    }
  }

  private static String shownDefault(Class<? extends Method> method, String key) {
    return ConfigKey.of(method).stream()
        .filter(k -> k.name().equals(key))
        .map(ConfigKey::shownDefault)
        .findFirst()
        .orElse("-");
  }

  /** Everything about one loss, with each key that a run can set and its default. */
  static void explain(String name, PrintWriter out) {
    Class<? extends Method> method = Methods.named(name);
    About about = method.getAnnotation(About.class);
    out.println(Methods.of(name).name() + ": " + about.title());
    line(out, "paper", about.paper());
    line(out, "formula", about.formula());
    line(out, "strength", about.strength());
    out.println("              s student, t teacher, T temperature; per level, levels summed");
    if (!about.note().isEmpty()) {
      line(out, "note", about.note());
    }
    line(out, "needs", places(needs(name)) + " in the recording");
    out.println("keys of a run, with defaults:");
    line(out, "name", Methods.of(name).name());
    keys(out, "", ConfigKey.of(method));
  }

  private static void keys(PrintWriter out, String prefix, List<ConfigKey> keys) {
    for (ConfigKey key : keys) {
      if (key.type() instanceof Class<?> type && key.defaultValue().equals("{}")) {
        keys(out, prefix + key.name() + ".", ConfigKey.of(type));
      } else {
        line(out, prefix + key.name(), allowed(key) + "; " + key.meaning());
      }
    }
  }

  private static String allowed(ConfigKey key) {
    if (!key.choices().isEmpty()) {
      return String.join(", ", key.choices()) + " (the first)";
    }
    return key.shownDefault() + (key.range().isEmpty() ? "" : "; " + key.range());
  }

  private static Map<TensorKind, Positions> needs(String name) {
    return new TreeMap<>(Methods.of(name).needs().teacher());
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
      case INSTANCES -> "instances";
    };
  }

  private static void line(PrintWriter out, String key, String value) {
    out.printf(Locale.ROOT, "  %-11s %s%n", key, value);
  }
}
