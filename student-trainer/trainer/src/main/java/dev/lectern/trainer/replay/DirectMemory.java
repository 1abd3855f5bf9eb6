package dev.lectern.trainer.replay;

import com.sun.management.HotSpotDiagnosticMXBean;
import java.lang.management.ManagementFactory;

/** How much memory outside the heap this process may take for buffers. */
final class DirectMemory {
  /** Bytes; {@code -XX:MaxDirectMemorySize}, or the size of the heap where that is not set. */
  static final long LIMIT = limit();

  /** Default limit on what is decoded ahead, in bytes. */
  static final long DEFAULT_PREFETCH = Math.min(512L << 20, LIMIT / 4);

  private DirectMemory() {}

  private static long limit() {
    HotSpotDiagnosticMXBean machine =
        ManagementFactory.getPlatformMXBean(HotSpotDiagnosticMXBean.class);
    long set =
        machine == null ? 0 : Long.parseLong(machine.getVMOption("MaxDirectMemorySize").getValue());
    return set > 0 ? set : Runtime.getRuntime().maxMemory();
  }
}
