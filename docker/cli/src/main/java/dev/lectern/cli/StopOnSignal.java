package dev.lectern.cli;

import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Lets Ctrl-C and SIGTERM end a role in order: the role is asked to stop, finishes what it began,
 * and the process ends with 0.
 *
 * <p>A role that has not ended when the patience is over is cut off with exit code 1; a second
 * signal is not needed and has no effect. Everything that is written counts only when it is
 * complete, so even SIGKILL loses no more than unfinished work.
 */
final class StopOnSignal {
  private static final Logger LOG = LoggerFactory.getLogger(StopOnSignal.class);

  private StopOnSignal() {}

  /**
   * Runs {@code work} in this thread.
   *
   * @param patience time that the work has to end after it was asked to
   * @param stop asks the work to end soon; called from another thread, at most once
   */
  static <T> T run(String role, Duration patience, Runnable stop, Callable<T> work)
      throws Exception {
    CountDownLatch asked = new CountDownLatch(1);
    CountDownLatch ended = new CountDownLatch(1);
    boolean[] failed = new boolean[1];
    Thread hook =
        new Thread(
            () -> {
              asked.countDown();
              drain(role, patience, stop, ended, failed);
            },
            "lectern-stop");
    Runtime.getRuntime().addShutdownHook(hook);
    try {
      return work.call();
    } catch (Exception | Error e) {
      if (asked.getCount() == 0 && isOfShutdown(e)) {
        LOG.debug("{} was stopped before it had begun", role, e);
        ended.countDown();
        // The process ends by the hook.
        hook.join();
      }
      failed[0] = true;
      throw e;
    } finally {
      ended.countDown();
      try {
        Runtime.getRuntime().removeShutdownHook(hook);
      } catch (IllegalStateException e) {
        LOG.debug("{} ended because the process was asked to stop", role);
      }
    }
  }

  /**
   * Whether something could not begin because the process is ending: native libraries and their
   * files are registered for removal, which Java refuses then.
   */
  private static boolean isOfShutdown(Throwable failure) {
    for (Throwable t = failure; t != null; t = t.getCause()) {
      if (t instanceof IllegalStateException && "Shutdown in progress".equals(t.getMessage())) {
        return true;
      }
    }
    return false;
  }

  private static void drain(
      String role, Duration patience, Runnable stop, CountDownLatch ended, boolean[] failed) {
    LOG.info("stopping {}: finishing what was begun", role);
    boolean inTime = false;
    try {
      stop.run();
      inTime = ended.await(patience.toSeconds(), TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (RuntimeException e) {
      LOG.error("{} could not be stopped: {}", role, e.toString());
    }
    if (!inTime) {
      LOG.error("{} did not end within {} s", role, patience.toSeconds());
    } else {
      LOG.info("{} stopped", role);
    }
    System.out.flush();
    System.err.flush();
    Runtime.getRuntime().halt(inTime && !failed[0] ? Failure.DONE : Failure.FAILED);
  }
}
