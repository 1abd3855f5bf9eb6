package dev.lectern.image;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** A container whose entry point was started. */
final class Container implements AutoCloseable {
  private final List<String> run;
  private final Path log;
  private final long begun = System.nanoTime();
  private final Process process;

  /**
   * @param run the command that runs a command given after it in the container
   * @param entry the command to start
   * @param log what it writes goes there
   */
  Container(List<String> run, List<String> entry, Path log) throws IOException {
    this.run = run;
    this.log = log;
    this.process =
        new ProcessBuilder(joined(entry))
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()))
            .start();
  }

  private List<String> joined(List<String> command) {
    return Stream.concat(run.stream(), command.stream()).toList();
  }

  /** Since it was asked to start. */
  double seconds() {
    return (System.nanoTime() - begun) / 1e9;
  }

  /** Processor time that its role has used. */
  double processorSeconds() {
    return role().info().totalCpuDuration().orElseThrow().toMillis() / 1e3;
  }

  /** Another command in the same container; returns its exit code. */
  int execute(String... command) throws IOException, InterruptedException {
    Process other =
        new ProcessBuilder(joined(List.of(command)))
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .start();
    if (!other.waitFor(1, TimeUnit.MINUTES)) {
      other.destroyForcibly();
      throw new AssertionError(String.join(" ", command) + " did not end within a minute");
    }
    return other.exitValue();
  }

  /** SIGTERM to the role, as a container engine sends it to the first process of a container. */
  void terminate() {
    role().destroy();
  }

  /** SIGKILL to the role. */
  void kill() {
    role().destroyForcibly();
  }

  private ProcessHandle role() {
    return java().orElseThrow(() -> new AssertionError("no Java runs: " + output()));
  }

  private Optional<ProcessHandle> java() {
    return process
        .descendants()
        .filter(p -> p.info().command().filter(c -> c.endsWith("/java")).isPresent())
        .findFirst();
  }

  boolean isAlive() {
    return process.isAlive();
  }

  /** Waits for its end; returns its exit code. */
  int await() throws InterruptedException {
    if (!process.waitFor(5, TimeUnit.MINUTES)) {
      throw new AssertionError("still running after 5 minutes: " + output());
    }
    return process.exitValue();
  }

  /** What it wrote so far. */
  String output() {
    try {
      return Files.readString(log);
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  @Override
  public void close() {
    java().ifPresent(ProcessHandle::destroyForcibly);
    process.destroy();
  }
}
