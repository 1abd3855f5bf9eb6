package dev.lectern.watch;

import dev.lectern.schemas.record.Heartbeat;
import dev.lectern.schemas.record.Phase;
import java.util.Locale;

/** The state of a sender, judged by the time since its last heartbeat. */
final class SenderState {
  static final String LOST = "lost";
  private static final long SHORTEST_MS = 15_000;
  private static final int MISSED = 3;

  private SenderState() {}

  /** The phase of the last heartbeat, or {@code lost} if the next one is overdue. */
  static String state(ReceivedStatus received, long nowMs) {
    Heartbeat heartbeat = received.status().heartbeat();
    Phase phase = heartbeat.getPhase();
    boolean alive = phase == Phase.WORKING || phase == Phase.DRAINING;
    long timeout = Math.max(SHORTEST_MS, MISSED * heartbeat.getEveryMs());
    return alive && nowMs - received.atMs() > timeout
        ? LOST
        : phase.name().toLowerCase(Locale.ROOT);
  }

  static boolean isAtWork(String state) {
    return state.equals("working") || state.equals("draining");
  }
}
