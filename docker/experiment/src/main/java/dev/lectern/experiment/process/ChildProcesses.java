package dev.lectern.experiment.process;

import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;

/**
 * Processes with the same Java and class path as this one. Whatever still runs when this is closed
 * is asked to end, and killed if it does not; whatever still runs when this process is gone ends
 * itself, if its main method calls {@link EndWithParent#watch}.
 *
 * <p>Thread-safe; nothing starts after closing.
 */
public final class ChildProcesses implements AutoCloseable {
  private static final long POLL_MS = 200;
  private static final List<String> NOT_PASSED_ON =
      List.of("-javaagent", "-Dlectern.terminal", EndWithParent.OPTION);

  private final String mainClass;
  private final Path logs;
  private final Duration timeout;
  private final List<ChildProcess> children = new CopyOnWriteArrayList<>();
  private boolean open = true;

  /**
   * @param mainClass what each of them runs
   * @param logs folder for their output, one file each; added to where there is one
   * @param timeout time that they have to end when this is closed
   */
  public ChildProcesses(String mainClass, Path logs, Duration timeout) {
    this.mainClass = mainClass;
    this.logs = logs;
    this.timeout = timeout;
  }

  /**
   * Starts one.
   *
   * @param name of the process in messages and of its log
   * @throws IllegalStateException if this is closed
   */
  public synchronized ChildProcess start(String name, List<String> arguments) throws IOException {
    if (!open) {
      throw new IllegalStateException(name + " does not start: this process is ending");
    }
    Files.createDirectories(logs);
    Path log = logs.resolve(name + ".log");
    ProcessBuilder builder = new ProcessBuilder(command(arguments));
    builder.redirectErrorStream(true).redirectOutput(Redirect.appendTo(log.toFile()));
    // ONNX Runtime 1.29 crashes in a process whose command line is longer than 4096 bytes, so the
    // class path travels as a variable.
    builder.environment().put("CLASSPATH", System.getProperty("java.class.path"));
    builder.environment().put("OMP_NUM_THREADS", "1");
    ChildProcess child = new ChildProcess(name, builder.start(), log);
    children.add(child);
    return child;
  }

  private List<String> command(List<String> arguments) {
    List<String> command = new ArrayList<>();
    command.add(
        ProcessHandle.current()
            .info()
            .command()
            .orElse(Path.of(System.getProperty("java.home"), "bin", "java").toString()));
    for (String option : ManagementFactory.getRuntimeMXBean().getInputArguments()) {
      if (NOT_PASSED_ON.stream().noneMatch(option::startsWith)) {
        command.add(option);
      }
    }
    command.add(EndWithParent.option());
    command.add(mainClass);
    command.addAll(arguments);
    return command;
  }

  /**
   * Waits until these have ended well.
   *
   * @param meanwhile called again and again while waiting
   * @throws ChildFailedException if one of them fails, or any other that is still needed
   */
  public void await(List<ChildProcess> awaited, Runnable meanwhile) throws InterruptedException {
    while (awaited.stream().anyMatch(ChildProcess::isRunning)) {
      poll(meanwhile);
    }
    requireNoFailure();
  }

  /** As {@link #await}, until one of them has ended well. */
  public void awaitAny(List<ChildProcess> awaited, Runnable meanwhile) throws InterruptedException {
    while (awaited.stream().allMatch(ChildProcess::isRunning)) {
      poll(meanwhile);
    }
    requireNoFailure();
  }

  private void poll(Runnable meanwhile) throws InterruptedException {
    requireNoFailure();
    children.forEach(ChildProcess::readProcessorTime);
    meanwhile.run();
    Thread.sleep(POLL_MS);
  }

  /** Every process that was started, in order. */
  public List<ChildProcess> all() {
    return List.copyOf(children);
  }

  private void requireNoFailure() {
    for (ChildProcess child : children) {
      Optional<Integer> exit = child.exitCode();
      if (exit.isPresent() && exit.get() != 0) {
        throw new ChildFailedException(
            child.name()
                + " ended with exit code "
                + exit.get()
                + ": "
                + lastLine(child.log())
                + " (its log: "
                + child.log()
                + ")");
      }
    }
  }

  private static String lastLine(Path log) {
    try {
      List<String> lines =
          new String(Files.readAllBytes(log), StandardCharsets.UTF_8)
              .lines()
              .filter(line -> !line.isBlank())
              .toList();
      return lines.isEmpty() ? "it printed nothing" : lines.get(lines.size() - 1).strip();
    } catch (IOException e) {
      return "its log cannot be read";
    }
  }

  @Override
  public synchronized void close() {
    open = false;
    children.forEach(ChildProcess::askToEnd);
    long deadline = System.nanoTime() + timeout.toNanos();
    for (ChildProcess child : children) {
      child.killUnlessEnded(deadline - System.nanoTime(), TimeUnit.NANOSECONDS);
    }
  }
}
