package dev.lectern.cli;

import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.jline.utils.Signals;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Lets Ctrl-C, SIGTERM and SIGHUP end a role in order: the role is asked to stop and finishes what
 * it began, then the process ends as after any other run.
 *
 * <p>A role that has not ended by its timeout is cut off with {@link ExitCode#FAILED}; a second
 * signal is not needed and has no effect. Everything that is written counts only when it is
 * complete, so even SIGKILL loses no more than unfinished work.
 */
final class StopOnSignal {
  private static final Logger LOG = LoggerFactory.getLogger(StopOnSignal.class);

  /** Signals that ask a process to end, by their names without SIG. */
  private enum StopSignal {
    HUP(ExitCode.HANGUP),
    INT(ExitCode.INTERRUPTED),
    TERM(ExitCode.TERMINATED);

    private final int exitCode;

    StopSignal(int exitCode) {
      this.exitCode = exitCode;
    }
  }

  private final String role;
  private final Duration timeout;
  private final Runnable stop;
  private final AtomicReference<StopSignal> received = new AtomicReference<>();
  private final CountDownLatch ended = new CountDownLatch(1);

  private StopOnSignal(String role, Duration timeout, Runnable stop) {
    this.role = role;
    this.timeout = timeout;
    this.stop = stop;
  }

  /**
   * Runs {@code work} in this thread.
   *
   * @param timeout time that the work has to end after it was asked to
   * @param stop asks the work to end soon; called from another thread, at most once
   * @return the exit code: {@link ExitCode#DONE}, or that of the signal which left work unfinished
   */
  static int run(String role, Duration timeout, Runnable stop, Callable<Outcome> work)
      throws Exception {
    return new StopOnSignal(role, timeout, stop).run(work);
  }

  private int run(Callable<Outcome> work) throws Exception {
    for (StopSignal signal : StopSignal.values()) {
      if (Signals.register(signal.name(), () -> receive(signal)) == null) {
        LOG.debug("SIG{} cannot be caught here; it ends {} at once", signal, role);
      }
    }
    Outcome outcome;
    try {
      outcome = work.call();
    } finally {
      ended.countDown();
    }
    StopSignal signal = received.get();
    if (signal != null) {
      LOG.info("{} stopped", role);
    }
    if (outcome == Outcome.DONE) {
      return ExitCode.DONE;
    }
    return signal == null ? ExitCode.FAILED : signal.exitCode;
  }

  /** Called in a thread of its own. */
  private void receive(StopSignal signal) {
    if (ended.getCount() == 0) {
      System.exit(signal.exitCode);
    }
    if (received.compareAndSet(null, signal)) {
      drain();
    }
  }

  private void drain() {
    LOG.info("stopping {}: finishing what was begun", role);
    try {
      stop.run();
      if (ended.await(timeout.toSeconds(), TimeUnit.SECONDS)) {
        return;
      }
      LOG.error("{} did not end within {} s", role, timeout.toSeconds());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (RuntimeException e) {
      LOG.error("{} could not be stopped: {}", role, e.toString());
    }
    System.out.flush();
    System.err.flush();
    Runtime.getRuntime().halt(ExitCode.FAILED);
  }
}
