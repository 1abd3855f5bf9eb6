package dev.lectern.cli;

import dev.lectern.schemas.config.UserMistakeException;
import dev.lectern.schemas.status.Heartbeats;
import java.time.Duration;
import java.util.Map;
import picocli.CommandLine.Option;

/** How often a role says what it does, for {@code lectern status} and the dashboard. */
final class HeartbeatOptions {
  @Option(
      names = "--heartbeat-seconds",
      paramLabel = "N",
      defaultValue = "5",
      description =
          "Say on topic lectern.status what this process does, for lectern status and dashboard; 0"
              + " says nothing.")
  private int seconds;

  /**
   * @param kafka client properties
   * @throws UserMistakeException if the number cannot be
   */
  Heartbeats to(Map<String, ?> kafka) {
    if (seconds < 0 || seconds > 3600) {
      throw new UserMistakeException("--heartbeat-seconds " + seconds + ": expected 0 to 3600");
    }
    return seconds == 0 ? Heartbeats.NONE : Heartbeats.onTopic(kafka, Duration.ofSeconds(seconds));
  }
}
