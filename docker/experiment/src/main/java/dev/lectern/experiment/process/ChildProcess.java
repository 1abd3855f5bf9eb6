package dev.lectern.experiment.process;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** A process that was started here. */
public final class ChildProcess {
  private final String name;
  private final Process process;
  private final Path log;
  private final long startNanos = System.nanoTime();
  private volatile Duration processorTime = Duration.ZERO;
  private volatile Duration elapsed = Duration.ZERO;

  ChildProcess(String name, Process process, Path log) {
    this.name = name;
    this.process = process;
    this.log = log;
  }

  /** What it is called in messages. */
  public String name() {
    return name;
  }

  /** Where its output goes. */
  public Path log() {
    return log;
  }

  /** Its number in the operating system. */
  public long pid() {
    return process.pid();
  }

  public boolean isRunning() {
    return process.isAlive();
  }

  /** How it ended; empty while it runs. */
  public Optional<Integer> exitCode() {
    return process.isAlive() ? Optional.empty() : Optional.of(process.exitValue());
  }

  /** Processor time that it had used at the last poll. */
  public Duration processorTime() {
    return processorTime;
  }

  /** How long it ran, at the last poll that found it running. */
  public Duration elapsed() {
    return elapsed;
  }

  void readProcessorTime() {
    if (process.isAlive()) {
      elapsed = Duration.ofNanos(System.nanoTime() - startNanos);
      process.info().totalCpuDuration().ifPresent(used -> processorTime = used);
    }
  }

  void askToEnd() {
    process.destroy();
  }

  void killUnlessEnded(long timeout, TimeUnit unit) {
    try {
      if (!process.waitFor(Math.max(0, timeout), unit)) {
        process.destroyForcibly().waitFor();
      }
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
    }
  }
}
