package dev.lectern.bench;

import java.util.List;

/** What the launcher sets for Lectern alone; what it is compared with runs as from a shell. */
public final class LauncherSettings {
  private static final List<String> VARIABLES =
      List.of(
          "GLIBC_TUNABLES", "MALLOC_MMAP_THRESHOLD_", "MALLOC_TRIM_THRESHOLD_", "OMP_WAIT_POLICY");

  private LauncherSettings() {}

  /** Takes them out of the environment of a process that is to be started. */
  public static void removeFrom(ProcessBuilder process) {
    process.environment().keySet().removeAll(VARIABLES);
  }
}
