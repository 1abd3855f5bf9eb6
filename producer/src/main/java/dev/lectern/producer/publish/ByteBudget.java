package dev.lectern.producer.publish;

import java.util.function.BooleanSupplier;

/**
 * A limit on bytes in use: taking waits until there is room.
 *
 * <p>A share larger than the whole budget is let through alone, so that a large image is slow but
 * not stuck.
 */
final class ByteBudget {
  private final long capacity;
  private long used;

  ByteBudget(long capacity) {
    this.capacity = capacity;
  }

  /** Waits for room; an interrupt is kept for later and does not end the wait. */
  synchronized void take(long bytes) {
    waitUntil(() -> used == 0 || used + bytes <= capacity);
    used += bytes;
  }

  synchronized void give(long bytes) {
    used -= bytes;
    notifyAll();
  }

  /** Waits until everything was given back or {@code condition} holds after a {@link #wake}. */
  synchronized void awaitUnusedOr(BooleanSupplier condition) {
    waitUntil(() -> used == 0 || condition.getAsBoolean());
  }

  /** Lets waiting threads look at their conditions again. */
  synchronized void wake() {
    notifyAll();
  }

  synchronized long used() {
    return used;
  }

  private void waitUntil(BooleanSupplier condition) {
    boolean interrupted = false;
    while (!condition.getAsBoolean()) {
      try {
        wait();
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
