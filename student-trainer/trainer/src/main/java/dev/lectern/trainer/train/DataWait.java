package dev.lectern.trainer.train;

/** How long steps have waited for data, a wait that is going on included. Safe for threads. */
final class DataWait {
  private long nanos;
  private long began;
  private boolean waiting;

  synchronized void begin() {
    began = System.nanoTime();
    waiting = true;
  }

  synchronized void end() {
    nanos += System.nanoTime() - began;
    waiting = false;
  }

  synchronized double seconds() {
    return (waiting ? nanos + System.nanoTime() - began : nanos) * 1e-9;
  }
}
