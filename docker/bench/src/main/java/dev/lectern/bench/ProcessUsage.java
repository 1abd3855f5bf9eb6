package dev.lectern.bench;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** What this process costs the machine. */
final class ProcessUsage {
  private static final Path STATUS = Path.of("/proc/self/status");

  private ProcessUsage() {}

  /**
   * Processor time of all threads, those of the Java machine included: nanoseconds, but counted in
   * hundredths of a second.
   */
  static long cpuNanos() {
    return ManagementFactory.getOperatingSystemMXBean()
            instanceof com.sun.management.OperatingSystemMXBean system
        ? system.getProcessCpuTime()
        : 0;
  }

  /** Resident set without and with mapped files, MiB; zeros where the system does not tell. */
  static List<Long> residentMib() throws IOException {
    return Files.isReadable(STATUS)
        ? List.of(status("RssAnon:"), status("VmRSS:"))
        : List.of(0L, 0L);
  }

  private static long status(String key) throws IOException {
    return Files.readAllLines(STATUS).stream()
        .filter(line -> line.startsWith(key))
        .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) >> 10)
        .findFirst()
        .orElse(0);
  }
}
