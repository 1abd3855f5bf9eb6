package dev.lectern.schemas.status;

/** When a part of a process last made progress; what is silent for long is stuck. Thread-safe. */
public final class Liveness {
  private static final long RESTING = Long.MIN_VALUE;

  private volatile long nanos = System.nanoTime();

  /** It makes progress now. */
  public void beat() {
    nanos = System.nanoTime();
  }

  /** No progress is expected until the next beat. */
  public void rest() {
    nanos = RESTING;
  }

  /** Seconds since the last beat, at first since it was made; 0 while it rests. */
  public double silentSeconds() {
    long last = nanos;
    return last == RESTING ? 0 : (System.nanoTime() - last) * 1e-9;
  }
}
