package dev.lectern.cli;

/** How a command ended, as a number for whoever started it; docker's README explains each. */
public final class ExitCode {
  /** What was asked for is done; a role that runs until it is stopped was stopped. */
  public static final int DONE = 0;

  /** The broker is away, data is corrupt, a check did not hold. */
  public static final int FAILED = 1;

  /** A mistake in the command, a setting or an input file: not retryable. */
  public static final int USER_MISTAKE = 2;

  /** The terminal closed (SIGHUP) before the work was finished. */
  public static final int HANGUP = 129;

  /** Ctrl-C (SIGINT) before the work was finished. */
  public static final int INTERRUPTED = 130;

  /** SIGTERM before the work was finished. */
  public static final int TERMINATED = 143;

  private ExitCode() {}
}
