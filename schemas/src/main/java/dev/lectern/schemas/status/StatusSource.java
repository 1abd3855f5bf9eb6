package dev.lectern.schemas.status;

import dev.lectern.schemas.record.Heartbeat;
import dev.lectern.schemas.serde.Status;

/** A process that can report its status. */
@FunctionalInterface
public interface StatusSource {
  /**
   * The present status; called every few seconds, on a thread of its own.
   *
   * @param heartbeat to put into it
   * @return null if there is nothing to report yet
   */
  Status status(Heartbeat heartbeat);
}
