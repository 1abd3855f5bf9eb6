package dev.lectern.watch;

import dev.lectern.schemas.record.Heartbeat;
import dev.lectern.schemas.record.Phase;
import java.util.Locale;

/** What the time since a heartbeat says of its sender. */
final class Silence {
  static final String LOST = "lost";
  private static final long SHORTEST_MS = 15_000;
  private static final int MISSED = 3;

  private Silence() {}

  /** State of a sender: its last word, or {@code lost} if it should have said more by now. */
  static String state(Heard heard, long nowMs) {
    Heartbeat heartbeat = heard.status().heartbeat();
    Phase phase = heartbeat.getPhase();
    boolean alive = phase == Phase.WORKING || phase == Phase.DRAINING;
    long patience = Math.max(SHORTEST_MS, MISSED * heartbeat.getEveryMs());
    return alive && nowMs - heard.atMs() > patience ? LOST : phase.name().toLowerCase(Locale.ROOT);
  }

  static boolean isAtWork(String state) {
    return state.equals("working") || state.equals("draining");
  }
}
