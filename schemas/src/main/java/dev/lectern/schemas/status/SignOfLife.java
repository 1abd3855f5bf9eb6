package dev.lectern.schemas.status;

/** When a part of a process last went on; what is silent for long is stuck. Safe for threads. */
public final class SignOfLife {
  private static final long RESTING = Long.MIN_VALUE;

  private volatile long nanos = System.nanoTime();

  /** It goes on now. */
  public void give() {
    nanos = System.nanoTime();
  }

  /** Nothing is to be expected of it until it gives another sign. */
  public void rest() {
    nanos = RESTING;
  }

  /** Seconds since the last sign, at first since it was made; 0 while it rests. */
  public double silentSeconds() {
    long last = nanos;
    return last == RESTING ? 0 : (System.nanoTime() - last) * 1e-9;
  }
}
