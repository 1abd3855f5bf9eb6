package dev.lectern.cli;

import com.pty4j.PtyProcess;
import com.pty4j.PtyProcessBuilder;
import com.pty4j.WinSize;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.Reader;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;

/** A lectern command in the foreground of a terminal of its own, where it draws bars. */
final class PseudoTerminal implements AutoCloseable {
  private final PtyProcess process;
  private final int rows;
  private final Thread reader;
  private final StringBuilder seen = new StringBuilder();

  private PseudoTerminal(PtyProcess process, int rows) {
    this.process = process;
    this.rows = rows;
    this.reader = new Thread(this::read, "terminal");
    reader.setDaemon(true);
    reader.start();
  }

  /**
   * Starts a command.
   *
   * @param rows height of the window
   * @param columns its width
   */
  static PseudoTerminal start(int rows, int columns, List<String> arguments) throws IOException {
    List<String> command =
        Child.command(List.of("-Dlectern.terminal=true", "-Dlectern.terminal.out=true"), arguments);
    Map<String, String> environment = new HashMap<>(System.getenv());
    environment.put("CLASSPATH", Child.classPath());
    environment.put("OMP_NUM_THREADS", "1");
    environment.put("TERM", "xterm");
    return new PseudoTerminal(
        new PtyProcessBuilder(command.toArray(String[]::new))
            .setEnvironment(environment)
            .setInitialColumns(columns)
            .setInitialRows(rows)
            .start(),
        rows);
  }

  private void read() {
    try (Reader in = new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8)) {
      char[] buffer = new char[4096];
      for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
        synchronized (seen) {
          seen.append(buffer, 0, n);
        }
      }
    } catch (IOException e) {
      // Linux reports the end of a terminal whose process is gone as an error.
    }
  }

  /** What the command wrote so far, control characters included. */
  String output() {
    synchronized (seen) {
      return seen.toString();
    }
  }

  /** Waits until something was written that matches. */
  void await(String regex) throws InterruptedException {
    Pattern pattern = Pattern.compile(regex);
    long deadline = System.nanoTime() + TimeUnit.MINUTES.toNanos(2);
    while (!pattern.matcher(output()).find()) {
      if (!process.isAlive() || System.nanoTime() > deadline) {
        throw new AssertionError("found no '" + regex + "' in:\n" + output());
      }
      Thread.sleep(20);
    }
  }

  /** The key, as the terminal's driver gets it; that sends SIGINT to the processes in front. */
  void pressCtrlC() throws IOException {
    process.getOutputStream().write(3);
    process.getOutputStream().flush();
  }

  void terminate() {
    ProcessHandle.of(process.pid()).orElseThrow().destroy();
  }

  /** Drags the window to another width. */
  void resize(int columns) {
    process.setWinSize(new WinSize(columns, rows));
  }

  /** The exit code. */
  int exitCode() throws InterruptedException {
    if (!process.waitFor(2, TimeUnit.MINUTES)) {
      throw new AssertionError("still running after 2 minutes:\n" + output());
    }
    reader.join(TimeUnit.SECONDS.toMillis(10));
    return process.exitValue();
  }

  @Override
  public void close() {
    process.destroyForcibly();
  }
}
