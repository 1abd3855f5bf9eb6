package dev.lectern.cli;

import dev.lectern.schemas.config.UserMistakeException;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.common.errors.AuthorizationException;

/**
 * What ended a command, as the user sees it: one line per mistake and an exit code.
 *
 * @param exitCode {@link ExitCode#USER_MISTAKE} or {@link ExitCode#FAILED}
 * @param line for standard error
 * @param cause for the stack trace of verbose runs
 */
record Failure(int exitCode, String line, Throwable cause) {
  static Failure of(Throwable thrown) {
    Throwable cause = unwrap(thrown);
    if (cause instanceof UserMistakeException) {
      return new Failure(ExitCode.USER_MISTAKE, cause.getMessage(), cause);
    }
    String line =
        cause instanceof BrokerUnreachableException ? cause.getMessage() : describe(cause);
    if (isDenied(cause)) {
      line =
          "the broker at "
              + BrokerCheck.asked()
              + " denies it: "
              + line.replaceFirst("\\.\\s*$", "")
              + "; allow it to the user of this client (docker/README.md, Rights of each role)";
    }
    return new Failure(ExitCode.FAILED, line, cause);
  }

  /** Prints the line, and the stack trace where details were asked for; returns the exit code. */
  int report(PrintWriter err) {
    err.println("lectern: " + line.strip());
    if (Logging.isVerbose()) {
      cause.printStackTrace(err);
    }
    err.flush();
    return exitCode;
  }

  private static Throwable unwrap(Throwable thrown) {
    Throwable t = thrown;
    for (Throwable c = thrown; c != null; c = c.getCause()) {
      if (c instanceof UserMistakeException || c instanceof BrokerUnreachableException) {
        return c;
      }
    }
    while ((t instanceof ExecutionException || t instanceof CompletionException)
        && t.getCause() != null) {
      t = t.getCause();
    }
    return t;
  }

  private static boolean isDenied(Throwable thrown) {
    for (Throwable t = thrown; t != null; t = t.getCause()) {
      if (t instanceof AuthorizationException) {
        return true;
      }
    }
    return false;
  }

  /** The message and those of its causes that add something. */
  private static String describe(Throwable thrown) {
    List<String> parts = new ArrayList<>();
    for (Throwable t = thrown; t != null && parts.size() < 4; t = t.getCause()) {
      String message = t.getMessage() == null ? t.getClass().getSimpleName() : firstLine(t);
      if (parts.stream().noneMatch(p -> p.contains(message))) {
        parts.add(message);
      }
    }
    String line = String.join(": ", parts);
    return thrown instanceof RuntimeException && thrown.getMessage() != null
            || thrown instanceof java.io.IOException
        ? line
        : thrown.getClass().getSimpleName() + ": " + line;
  }

  private static String firstLine(Throwable t) {
    return t.getMessage().strip().lines().findFirst().orElse("");
  }
}
