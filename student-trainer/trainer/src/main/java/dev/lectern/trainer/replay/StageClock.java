package dev.lectern.trainer.replay;

import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Supplier;

/** Adds up what the threads of a replay spend their time on. Safe for several threads. */
final class StageClock {
  /** Parts of the work on a view. */
  enum Stage {
    LOG,
    STORE,
    DECODE
  }

  private final Map<Stage, LongAdder> nanos = new EnumMap<>(Stage.class);

  StageClock() {
    for (Stage stage : Stage.values()) {
      nanos.put(stage, new LongAdder());
    }
  }

  /** Does a part of the work, and counts its time also when it fails. */
  <T> T time(Stage stage, Supplier<T> work) {
    long start = System.nanoTime();
    try {
      return work.get();
    } finally {
      nanos.get(stage).add(System.nanoTime() - start);
    }
  }

  ReplayTimes times() {
    return new ReplayTimes(seconds(Stage.LOG), seconds(Stage.STORE), seconds(Stage.DECODE));
  }

  private double seconds(Stage stage) {
    return nanos.get(stage).sum() * 1e-9;
  }
}
