package dev.lectern.launch;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;

/** A Compose project as Docker Compose sees it: files merged in order, variables interpolated. */
final class ComposeFile {
  private static final Pattern VARIABLE =
      Pattern.compile("\\$\\{([A-Z0-9_]+)(?::-([^}]*))?}|\\$([A-Z0-9_]+)");

  private final Map<String, Object> project;

  private ComposeFile(Map<String, Object> project) {
    this.project = project;
  }

  /** Files as {@code docker compose -f a -f b} merges them. */
  static ComposeFile of(Map<String, String> environment, Path... files) throws IOException {
    Map<String, Object> merged = new LinkedHashMap<>();
    for (Path file : files) {
      Map<String, Object> one = read(file, environment);
      merged = map(merge(merged, one, ""));
    }
    return new ComposeFile(merged);
  }

  Map<String, Map<String, Object>> services() {
    Map<String, Map<String, Object>> services = new LinkedHashMap<>();
    map(project.get("services")).forEach((name, service) -> services.put(name, map(service)));
    return services;
  }

  Map<String, Object> service(String name) {
    return services().get(name);
  }

  /** The command of a service, word by word. */
  List<String> command(String name) {
    return strings(service(name).get("command"));
  }

  Map<String, String> environment(String name) {
    Map<String, String> environment = new LinkedHashMap<>();
    map(service(name).get("environment"))
        .forEach((key, value) -> environment.put(key, String.valueOf(value)));
    return environment;
  }

  Map<String, Object> top(String key) {
    return map(project.get(key));
  }

  static List<String> strings(Object list) {
    return list == null ? List.of() : ((List<?>) list).stream().map(String::valueOf).toList();
  }

  @SuppressWarnings("unchecked")
  static Map<String, Object> map(Object value) {
    return value == null ? new LinkedHashMap<>() : (Map<String, Object>) value;
  }

  private static Map<String, Object> read(Path file, Map<String, String> environment)
      throws IOException {
    LoaderOptions options = new LoaderOptions();
    options.setAllowDuplicateKeys(false);
    String text = interpolate(Files.readString(file), environment);
    return map(new Yaml(new SafeConstructor(options)).load(text));
  }

  static String interpolate(String text, Map<String, String> environment) {
    Matcher variable = VARIABLE.matcher(text);
    StringBuilder out = new StringBuilder();
    while (variable.find()) {
      String name = variable.group(1) == null ? variable.group(3) : variable.group(1);
      String standard = variable.group(2);
      String value = environment.getOrDefault(name, standard);
      if (value == null) {
        throw new IllegalStateException("variable " + name + " has neither value nor default");
      }
      variable.appendReplacement(out, Matcher.quoteReplacement(value));
    }
    return variable.appendTail(out).toString();
  }

  /** Maps are merged, commands replaced, other lists joined; a later scalar wins. */
  private static Object merge(Object base, Object over, String key) {
    if (base instanceof Map<?, ?> && over instanceof Map<?, ?>) {
      Map<String, Object> merged = new LinkedHashMap<>(map(base));
      map(over).forEach((k, v) -> merged.put(k, merge(merged.get(k), v, k)));
      return merged;
    }
    boolean replaced = List.of("command", "entrypoint", "test").contains(key);
    if (base instanceof List<?> a && over instanceof List<?> b && !replaced) {
      List<Object> joined = new ArrayList<>(a);
      b.stream().filter(item -> !joined.contains(item)).forEach(joined::add);
      return joined;
    }
    return over;
  }
}
