package dev.lectern.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.condition.OS;

/** A lectern command in a process of its own. */
public final class Child implements AutoCloseable {
  /** As the tests' own virtual machines: most commands end before optimised code pays. */
  private static final String QUICK_START = "-XX:TieredStopAtLevel=1";

  private final Process process;
  private final Path log;

  private Child(Process process, Path log) {
    this.process = process;
    this.log = log;
  }

  /** Starts a command; both of its streams go to a file in {@code folder}. */
  public static Child start(Path folder, String... arguments) throws IOException {
    return start(folder, Map.of(), List.of(arguments));
  }

  /** As above, with further environment variables. */
  public static Child start(Path folder, Map<String, String> environment, List<String> arguments)
      throws IOException {
    return start(folder, arguments.get(0), environment, command(List.of(), arguments));
  }

  /** A main class of the class path that is not a command of ours. */
  public static Child startMain(Path folder, String mainClass, String... arguments)
      throws IOException {
    List<String> command = java();
    command.addAll(List.of("-Xmx512m", mainClass));
    command.addAll(List.of(arguments));
    return start(folder, mainClass, Map.of(), command);
  }

  private static Child start(
      Path folder, String name, Map<String, String> environment, List<String> command)
      throws IOException {
    Path log = Files.createTempFile(folder, name + "-", ".log");
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
    builder.environment().putAll(environment);
    builder.environment().put("CLASSPATH", classPath());
    return new Child(builder.redirectOutput(log.toFile()).start(), log);
  }

  /**
   * The words that start a command; its class path is {@link #classPath}, in the environment.
   *
   * @param options of the Java virtual machine
   */
  static List<String> command(List<String> options, List<String> arguments) {
    List<String> command = java();
    command.addAll(List.of("-Xmx768m", "-Dai.djl.offline=true"));
    command.addAll(options);
    command.add("dev.lectern.cli.Main");
    command.addAll(arguments);
    return command;
  }

  /**
   * The words that start Java with the usual reaction to signals. A build in the background of a
   * script ignores SIGINT, and so would its children.
   */
  static List<String> java() {
    List<String> command = new ArrayList<>();
    if (OS.LINUX.isCurrentOs()) {
      command.addAll(List.of("env", "--default-signal=HUP,INT,TERM"));
    }
    command.add(ProcessHandle.current().info().command().orElse("java"));
    command.add(QUICK_START);
    return command;
  }

  static String classPath() {
    return System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
  }

  /** SIGKILL: nothing of the process runs any more. */
  public void kill() throws InterruptedException {
    process.destroyForcibly().waitFor();
  }

  /** SIGTERM. */
  public void terminate() {
    process.destroy();
  }

  /** A signal by its name, such as STOP: the process stands still until CONT. */
  public void signal(String name) throws IOException, InterruptedException {
    new ProcessBuilder("kill", "-" + name, String.valueOf(process.pid())).start().waitFor();
  }

  public boolean isAlive() {
    return process.isAlive();
  }

  /** The exit code. */
  public int await() throws InterruptedException {
    return await(Duration.ofMinutes(3));
  }

  /** The exit code of a process that may take longer. */
  public int await(Duration limit) throws InterruptedException {
    if (!process.waitFor(limit.toMillis(), TimeUnit.MILLISECONDS)) {
      throw new AssertionError("still running after " + limit + ": " + output());
    }
    return process.exitValue();
  }

  /** What it wrote so far. */
  public String output() {
    try {
      return Files.readString(log);
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  @Override
  public void close() {
    process.destroyForcibly();
  }
}
