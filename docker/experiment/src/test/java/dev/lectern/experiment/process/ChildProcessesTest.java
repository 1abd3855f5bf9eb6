package dev.lectern.experiment.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class ChildProcessesTest {
  private static final Duration TIMEOUT = Duration.ofSeconds(10);

  @TempDir Path folder;

  /** Starts a process, sleeps, says something, or fails, as its arguments say. */
  public static final class Worker {
    public static void main(String[] arguments) throws Exception {
      EndWithParent.watch(143);
      if (arguments[0].equals("parent")) {
        ChildProcesses own =
            new ChildProcesses(Worker.class.getName(), Path.of(arguments[1]), TIMEOUT);
        System.out.println("child " + own.start("grandchild", List.of("sleep", "")).pid());
        Thread.sleep(60_000);
      }
      if (arguments[0].equals("sleep")) {
        Thread.sleep(60_000);
      }
      System.out.println("said " + arguments[1]);
      System.exit(Integer.parseInt(arguments[0]));
    }
  }

  @Test
  void aProcessRunsWithThisClassPathAndItsOutputIsKept() throws Exception {
    try (ChildProcesses children = new ChildProcesses(Worker.class.getName(), folder, TIMEOUT)) {
      ChildProcess child = children.start("speaker", List.of("0", "hello"));
      children.await(List.of(child), () -> {});
      assertThat(child.exitCode()).contains(0);
    }
    assertThat(Files.readString(folder.resolve("speaker.log"))).contains("said hello");
  }

  @Test
  void waitingForAnyEndsWithTheFirst() throws Exception {
    try (ChildProcesses children = new ChildProcesses(Worker.class.getName(), folder, TIMEOUT)) {
      ChildProcess sleeper = children.start("sleeper", List.of("sleep", ""));
      ChildProcess speaker = children.start("speaker", List.of("0", "hello"));
      children.awaitAny(List.of(sleeper, speaker), () -> {});
      assertThat(speaker.isRunning()).isFalse();
      assertThat(sleeper.isRunning()).isTrue();
    }
  }

  @Test
  void aSecondProcessOfTheSameNameAddsToTheLog() throws Exception {
    try (ChildProcesses children = new ChildProcesses(Worker.class.getName(), folder, TIMEOUT)) {
      children.await(List.of(children.start("speaker", List.of("0", "once"))), () -> {});
      children.await(List.of(children.start("speaker", List.of("0", "again"))), () -> {});
    }
    assertThat(Files.readString(folder.resolve("speaker.log"))).contains("said once", "said again");
  }

  @Test
  void theFailureOfAnotherProcessEndsTheWaiting() throws Exception {
    try (ChildProcesses children = new ChildProcesses(Worker.class.getName(), folder, TIMEOUT)) {
      ChildProcess sleeper = children.start("sleeper", List.of("sleep", ""));
      children.start("broken", List.of("3", "why"));
      assertThatExceptionOfType(ChildFailedException.class)
          .isThrownBy(() -> children.await(List.of(sleeper), () -> {}))
          .withMessageStartingWith("broken ended with exit code 3: said why");
    }
  }

  @Test
  void nothingRunsOnAfterClosing() throws Exception {
    ChildProcesses children = new ChildProcesses(Worker.class.getName(), folder, TIMEOUT);
    ChildProcess sleeper = children.start("sleeper", List.of("sleep", ""));

    children.close();

    assertThat(ProcessHandle.of(sleeper.pid()).filter(ProcessHandle::isAlive)).isEmpty();
    assertThatIllegalStateException()
        .isThrownBy(() -> children.start("late", List.of("0", "")))
        .withMessage("late does not start: this process is ending");
  }

  @Test
  void theDeathOfAProcessEndsThoseThatItStarted() throws Exception {
    try (ChildProcesses children = new ChildProcesses(Worker.class.getName(), folder, TIMEOUT)) {
      ChildProcess parent = children.start("parent", List.of("parent", folder.toString()));
      ProcessHandle grandchild = ProcessHandle.of(awaitPid(parent.log())).orElseThrow();
      assertThat(grandchild.isAlive()).isTrue();

      ProcessHandle.of(parent.pid()).orElseThrow().destroyForcibly();

      assertThat(grandchild.onExit().get(20, TimeUnit.SECONDS).isAlive()).isFalse();
    }
  }

  private static long awaitPid(Path log) {
    String line =
        Awaitility.await()
            .atMost(Duration.ofSeconds(60))
            .until(
                () ->
                    Files.readAllLines(log).stream()
                        .filter(said -> said.matches("child \\d+"))
                        .findFirst()
                        .orElse(null),
                Objects::nonNull);
    return Long.parseLong(line.substring("child ".length()));
  }
}
