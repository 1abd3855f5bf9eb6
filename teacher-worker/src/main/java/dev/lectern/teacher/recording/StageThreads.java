package dev.lectern.teacher.recording;

import java.util.concurrent.ThreadFactory;
import java.util.concurrent.atomic.AtomicInteger;

/** Names the threads of a worker; what escapes from one ends the worker. */
record StageThreads(String name, WorkerState state, AtomicInteger count) implements ThreadFactory {
  StageThreads(String name, WorkerState state) {
    this(name, state, new AtomicInteger());
  }

  @Override
  public Thread newThread(Runnable task) {
    Thread thread = new Thread(task, "teach-" + name + "-" + count.getAndIncrement());
    thread.setDaemon(true);
    thread.setUncaughtExceptionHandler((t, e) -> state.fail(e));
    return thread;
  }
}
