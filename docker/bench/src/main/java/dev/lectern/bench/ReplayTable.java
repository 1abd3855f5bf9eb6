package dev.lectern.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** The figures of {@link ReplayBench} as text: a line a store, then how many times each peer. */
public final class ReplayTable {
  private static final String ROW = "%-46s %8.1f %10.0f %10.0f %10.0f %9.2e%n";
  private static final String HEAD = "%-46s %8s %10s %10s %10s %9s%n";

  private ReplayTable() {}

  /**
   * Formats figures.
   *
   * @param figures what {@link ReplayBench#run} returned
   */
  public static String of(Map<String, Object> figures) {
    StringBuilder text = new StringBuilder();
    text.append(
        String.format(
            Locale.ROOT,
            HEAD,
            "store",
            "KB/img",
            "write MB/s",
            "read img/s",
            "img/cpu-s",
            "max error"));
    List<Map<?, ?>> stores = rows(figures.get("stores"));
    List<Map<?, ?>> peers = rows(figures.get("peers"));
    stores.forEach(row -> text.append(row("replay store " + row.get("encoding"), row)));
    peers.forEach(row -> text.append(row(String.valueOf(row.get("name")), row)));
    if (!peers.isEmpty()) {
      text.append(
          String.format(
              Locale.ROOT,
              "%n%-46s %-32s %10s %10s%n",
              "times as fast as",
              "replay store",
              "img/s",
              "img/cpu-s"));
    }
    for (Map<?, ?> peer : peers) {
      for (Map<?, ?> store : stores) {
        text.append(
            String.format(
                Locale.ROOT,
                "%-46s %-32s %10.2f %10.2f%n",
                peer.get("name"),
                store.get("encoding"),
                number(store, "readViewsPerSecond") / number(peer, "readViewsPerSecond"),
                number(store, "readViewsPerCpuSecond") / number(peer, "readViewsPerCpuSecond")));
      }
    }
    for (Map<?, ?> store : stores) {
      text.append(
          String.format(
              Locale.ROOT,
              "%nresident MiB after each epoch, %s: without mapped files %s, with them %s",
              store.get("encoding"),
              store.get("residentAnonymousMib"),
              store.get("residentMib")));
    }
    return text.append(System.lineSeparator()).toString();
  }

  private static String row(String name, Map<?, ?> row) {
    return String.format(
        Locale.ROOT,
        ROW,
        name,
        number(row, "kbPerView"),
        number(row, "writeMbPerSecond"),
        number(row, "readViewsPerSecond"),
        number(row, "readViewsPerCpuSecond"),
        number(row, "maxAbsError"));
  }

  private static double number(Map<?, ?> row, String key) {
    return row.get(key) instanceof Number number ? number.doubleValue() : Double.NaN;
  }

  private static List<Map<?, ?>> rows(Object list) {
    List<Map<?, ?>> rows = new ArrayList<>();
    if (list instanceof List<?> items) {
      items.forEach(item -> rows.add((Map<?, ?>) item));
    }
    return rows;
  }
}
