package dev.lectern.teacher.recording;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;

/**
 * One step of the way of a view through the worker: a queue, and threads that take from it and hand
 * on to the next stage.
 *
 * <pre>
 *   decode -&gt; batch -&gt; inference -&gt; encode -&gt; payload publisher
 * </pre>
 *
 * <p>Stages are made from the last to the first, started, and closed from the first to the last.
 * Closing interrupts the threads and waits for them, but of a worker that has failed only a few
 * seconds, since it may have failed because one hangs; their lanes release what is still queued.
 * What escapes from a thread ends the worker.
 *
 * @param <T> what it takes
 */
abstract class Stage<T> implements AutoCloseable {
  private static final long POLL_MS = 200;
  private static final long HANGING_MS = 3_000;

  private final BlockingQueue<T> queue;
  private final List<Thread> threads = new ArrayList<>();
  private final WorkerState state;

  /**
   * @param name of the threads
   * @param queue of what waits for this stage; a full one blocks the stage before
   */
  Stage(String name, int threads, BlockingQueue<T> queue, WorkerState state) {
    this.queue = queue;
    this.state = state;
    StageThreads factory = new StageThreads(name, state);
    for (int i = 0; i < threads; i++) {
      this.threads.add(factory.newThread(this::run));
    }
  }

  final void start() {
    threads.forEach(Thread::start);
  }

  /** Takes an item; waits while the queue is full. */
  void put(T item) throws InterruptedException {
    queue.put(item);
  }

  /** Items that wait for it. */
  final int waiting() {
    return queue.size();
  }

  private void run() {
    try {
      while (work(queue)) {
        if (Thread.interrupted()) {
          return;
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      ended();
    }
  }

  /**
   * Takes what it needs from the queue and works on it.
   *
   * @return whether to continue
   */
  abstract boolean work(BlockingQueue<T> queue) throws InterruptedException;

  /** Called by each thread at its end. */
  void ended() {}

  @Override
  public void close() {
    threads.forEach(Thread::interrupt);
    boolean interrupted = false;
    for (Thread thread : threads) {
      while (thread.isAlive()) {
        try {
          if (state.hasFailed()) {
            thread.join(HANGING_MS);
            break;
          }
          thread.join(POLL_MS);
        } catch (InterruptedException e) {
          interrupted = true;
        }
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
