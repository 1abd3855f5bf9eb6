package dev.lectern.watch;

import com.fasterxml.jackson.annotation.JsonIgnore;
import dev.lectern.schemas.record.Heartbeat;
import dev.lectern.schemas.record.Phase;
import java.util.Locale;

/**
 * A sender of heartbeats, judged by the time since its last one.
 *
 * @param host for people
 * @param state {@code working}, {@code draining}, {@code ended}, {@code failed}, or {@code lost}
 *     when it has been silent for much longer than it promised
 * @param cause why it failed; empty otherwise
 * @param startedAt ISO 8601, UTC
 * @param heardAt ISO 8601, UTC
 */
public record Presence(String host, String state, String cause, String startedAt, String heardAt) {
  static final String LOST = "lost";
  private static final long SHORTEST_MS = 15_000;
  private static final int MISSED = 3;

  /** What the last heartbeat tells at a moment. */
  static Presence of(ReceivedStatus received, long nowMs) {
    Heartbeat heartbeat = received.status().heartbeat();
    return new Presence(
        heartbeat.getHost(),
        state(received, nowMs),
        heartbeat.getCause(),
        JsonText.time(heartbeat.getStartedAt()),
        JsonText.time(received.atMs()));
  }

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

  /** Whether it does its work now, or ends what it began. */
  @JsonIgnore
  public boolean isAtWork() {
    return isAtWork(state);
  }

  static boolean isAtWork(String state) {
    return state.equals("working") || state.equals("draining");
  }
}
