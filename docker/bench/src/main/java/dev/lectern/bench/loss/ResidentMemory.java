package dev.lectern.bench.loss;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** This process's memory as Linux counts it. */
final class ResidentMemory {
  private static final Path STATUS = Path.of("/proc/self/status");
  private static final Path CLEAR = Path.of("/proc/self/clear_refs");

  private ResidentMemory() {}

  /** Whether this system tells, and lets the high-water mark be set back. */
  static boolean isMeasurable() {
    return Files.isReadable(STATUS) && Files.isWritable(CLEAR);
  }

  /** What is resident now, bytes. */
  static long now() {
    return read("VmRSS:");
  }

  /** The most that was resident since {@link #resetPeak}, bytes. */
  static long peak() {
    return read("VmHWM:");
  }

  /** Sets the high-water mark back to what is resident now. */
  static void resetPeak() {
    try {
      Files.writeString(CLEAR, "5");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static long read(String key) {
    try {
      return Files.readAllLines(STATUS).stream()
              .filter(line -> line.startsWith(key))
              .map(line -> line.replaceAll("\\D", ""))
              .mapToLong(Long::parseLong)
              .findFirst()
              .orElseThrow(() -> new IllegalStateException(STATUS + " has no " + key))
          * 1024;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
