package dev.lectern.bench;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What a benchmark ran on. Figures of two machines compare only as ratios of one run each; which
 * processor a ratio is of belongs beside it.
 */
final class Machine {
  private static final Path PROCESSORS = Path.of("/proc/cpuinfo");
  private static final Path CACHES = Path.of("/sys/devices/system/cpu/cpu0/cache");
  private static final Path LARGE_PAGES = Path.of("/sys/kernel/mm/transparent_hugepage/enabled");
  private static final String UNKNOWN = "unknown";

  private Machine() {}

  /** For JSON; {@code unknown} is what the system does not tell. */
  static Map<String, Object> figures() {
    Map<String, Object> figures = new LinkedHashMap<>();
    figures.put("processor", processor(read(PROCESSORS)));
    figures.put("processors", Runtime.getRuntime().availableProcessors());
    figures.put("caches", caches(CACHES));
    figures.put("java", Runtime.version() + " " + System.getProperty("java.vm.name"));
    figures.put("largePages", chosen(read(LARGE_PAGES)));
    figures.put("heapMib", Runtime.getRuntime().maxMemory() >> 20);
    figures.put(
        "loadAverage",
        Figures.rounded(ManagementFactory.getOperatingSystemMXBean().getSystemLoadAverage()));
    return figures;
  }

  /** For tables. */
  static String line() {
    Map<String, Object> figures = figures();
    return String.format(
        "%s, %s processors, %s; Java %s; large pages: %s; load average %s",
        figures.get("processor"),
        figures.get("processors"),
        figures.get("caches"),
        figures.get("java"),
        figures.get("largePages"),
        figures.get("loadAverage"));
  }

  /**
   * Name, family and model: virtual machines often give the name of a whole range.
   *
   * @param cpuinfo Linux's list of processors
   */
  static String processor(String cpuinfo) {
    Map<String, String> first = new LinkedHashMap<>();
    Matcher lines = Pattern.compile("(?m)^([^:\n]+?)\\s*:\\s*(.+)$").matcher(cpuinfo);
    while (lines.find()) {
      first.putIfAbsent(lines.group(1), lines.group(2).strip());
    }
    String name = first.get("model name");
    return name == null
        ? System.getProperty("os.arch")
        : name
            + " family "
            + first.getOrDefault("cpu family", UNKNOWN)
            + " model "
            + first.getOrDefault("model", UNKNOWN);
  }

  /**
   * Sizes of the caches of the first processor, e.g. {@code L1d 32K, L2 1024K, L3 32768K}.
   *
   * @param folder one folder a cache
   */
  static String caches(Path folder) {
    Map<String, String> sizes = new TreeMap<>();
    for (int index = 0; Files.isDirectory(folder.resolve("index" + index)); index++) {
      Path cache = folder.resolve("index" + index);
      String kind = read(cache.resolve("type")).strip();
      String suffix = kind.equals("Data") ? "d" : kind.equals("Instruction") ? "i" : "";
      sizes.put(
          "L" + read(cache.resolve("level")).strip() + suffix, read(cache.resolve("size")).strip());
    }
    List<String> all = sizes.entrySet().stream().map(c -> c.getKey() + " " + c.getValue()).toList();
    return all.isEmpty() ? UNKNOWN : String.join(", ", all);
  }

  /** The word in brackets: {@code always [madvise] never} is {@code madvise}. */
  static String chosen(String words) {
    Matcher matcher = Pattern.compile("\\[(\\w+)]").matcher(words);
    return matcher.find() ? matcher.group(1) : UNKNOWN;
  }

  private static String read(Path file) {
    try {
      return Files.isReadable(file) ? Files.readString(file) : "";
    } catch (IOException e) {
      return "";
    }
  }
}
