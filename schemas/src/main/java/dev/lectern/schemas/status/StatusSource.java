package dev.lectern.schemas.status;

import dev.lectern.schemas.record.Heartbeat;
import dev.lectern.schemas.serde.Status;

/** A process that can say what it does. */
@FunctionalInterface
public interface StatusSource {
  /**
   * What the process does now; called every few seconds, on a thread of its own.
   *
   * @param heartbeat to put into it
   * @return null if there is nothing to say yet
   */
  Status status(Heartbeat heartbeat);
}
