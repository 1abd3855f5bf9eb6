package dev.lectern.watch;

import dev.lectern.schemas.serde.Status;

/**
 * A status, and when it was received.
 *
 * @param atMs milliseconds since the epoch, by the listener's clock if it was listening by then,
 *     else by the sender's
 */
record ReceivedStatus(Status status, long atMs) {}
