package dev.lectern.bench;

import dev.lectern.schemas.progress.Progress;
import java.util.concurrent.atomic.AtomicLong;

/**
 * The heap that a role holds when it is through its last view: looked at within the last step of
 * each bar that it shows, while everything that it collected is still in use.
 */
final class HeapAtTheEnd implements Progress.Factory {
  private final Progress.Factory shown;
  private final long before = used();
  private long held;
  private long nanos;

  /**
   * Takes the heap of now as what was there before.
   *
   * @param shown draws the bars
   */
  HeapAtTheEnd(Progress.Factory shown) {
    this.shown = shown;
  }

  /** Bytes of the heap that are in use after collecting garbage. */
  static long used() {
    Runtime runtime = Runtime.getRuntime();
    for (int i = 0; i < 3; i++) {
      System.gc();
    }
    return runtime.totalMemory() - runtime.freeMemory();
  }

  /** Bytes at the end of the bar that held most; 0 before one has ended. */
  synchronized long held() {
    return held;
  }

  /** Seconds that looking took. */
  synchronized double seconds() {
    return nanos / 1e9;
  }

  private synchronized void look() {
    long start = System.nanoTime();
    held = Math.max(held, used() - before);
    nanos += System.nanoTime() - start;
  }

  @Override
  public Progress start(String task, String unit, long total) {
    Progress bar = shown.start(task, unit, total);
    AtomicLong expected = new AtomicLong(total);
    AtomicLong done = new AtomicLong();
    return new Progress() {
      @Override
      public void total(long steps) {
        bar.total(steps);
        expected.set(steps);
      }

      @Override
      public void advance(long steps) {
        bar.advance(steps);
        if (done.addAndGet(steps) == expected.get()) {
          look();
        }
      }

      @Override
      public void note(String text) {
        bar.note(text);
      }

      @Override
      public void close() {
        bar.close();
      }
    };
  }
}
