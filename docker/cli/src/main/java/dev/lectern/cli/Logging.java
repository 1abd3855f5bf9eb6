package dev.lectern.cli;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.encoder.PatternLayoutEncoder;
import ch.qos.logback.core.Appender;
import ch.qos.logback.core.ConsoleAppender;
import org.slf4j.LoggerFactory;

/** How much is logged. */
final class Logging {
  private static final String DETAILED =
      "%d{HH:mm:ss.SSS} %-5level [%thread] %logger{20} %msg%n%ex";

  private Logging() {}

  /** With {@code verbose} Lectern logs DEBUG, and stack traces are shown. */
  static void configure(boolean verbose) {
    if (!verbose || !(LoggerFactory.getILoggerFactory() instanceof LoggerContext context)) {
      return;
    }
    context.getLogger("dev.lectern").setLevel(Level.DEBUG);
    Appender<?> appender = context.getLogger(Logger.ROOT_LOGGER_NAME).getAppender("STDERR");
    if (appender instanceof ConsoleAppender<?> console
        && console.getEncoder() instanceof PatternLayoutEncoder encoder) {
      encoder.stop();
      encoder.setPattern(DETAILED);
      encoder.start();
    }
  }

  static boolean isVerbose() {
    return LoggerFactory.getLogger(Logging.class).isDebugEnabled();
  }
}
