package dev.lectern.cli.faults;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How long roles take from the end of a fault to their next progress, kept over runs in {@code
 * recovery.csv}; the table of the README is its summary.
 */
final class Recovery {
  private static final Logger LOG = LoggerFactory.getLogger(Recovery.class);
  private static final Path FILE =
      Path.of(System.getProperty("lectern.faults.folder", "target/faults"), "recovery.csv");

  private Recovery() {}

  /**
   * @param since of {@link System#nanoTime}, when the fault was over
   */
  static void took(String fault, String role, long since) throws IOException {
    double seconds = (System.nanoTime() - since) / 1e9;
    Files.createDirectories(FILE.getParent());
    Files.writeString(
        FILE,
        String.format(Locale.ROOT, "%s,%s,%.1f%n", fault, role, seconds),
        StandardOpenOption.CREATE,
        StandardOpenOption.APPEND);
    LOG.info("recovery fault={} role={} seconds={}", fault, role, seconds);
  }

  /** Logs number, median and maximum of each fault and role so far, as rows of a table. */
  static void summarize() throws IOException {
    Map<String, List<Double>> seconds = new TreeMap<>();
    for (String line : Files.exists(FILE) ? Files.readAllLines(FILE) : List.<String>of()) {
      String[] cells = line.split(",");
      seconds
          .computeIfAbsent("| " + cells[0] + " | " + cells[1] + " |", row -> new ArrayList<>())
          .add(Double.valueOf(cells[2]));
    }
    seconds.forEach(
        (row, all) -> {
          Collections.sort(all);
          LOG.info(
              "{} {} | {} | {} |",
              row,
              all.size(),
              all.get(all.size() / 2),
              all.get(all.size() - 1));
        });
  }
}
