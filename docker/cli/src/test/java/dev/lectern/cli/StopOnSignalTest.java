package dev.lectern.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@DisabledOnOs(OS.WINDOWS)
class StopOnSignalTest {
  /** A role that does what its argument says once it is asked to stop. */
  static final class Role {
    private Role() {}

    public static void main(String[] arguments) throws Exception {
      CountDownLatch stop = new CountDownLatch(1);
      int exitCode =
          StopOnSignal.run(
              "test",
              Duration.ofSeconds(1),
              stop::countDown,
              () -> {
                System.out.println("ready");
                stop.await();
                switch (arguments[0]) {
                  case "late" -> Thread.sleep(60_000);
                  case "fail" -> throw new IllegalStateException("no");
                  default -> {}
                }
                return Outcome.valueOf(arguments[0]);
              });
      System.exit(exitCode);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "DONE, TERM, 0",
    "DONE, INT, 0",
    "UNFINISHED, TERM, 143",
    "UNFINISHED, INT, 130",
    "UNFINISHED, HUP, 129",
    "fail, TERM, 1",
    "late, INT, 1"
  })
  void theExitCodeTellsWhetherTheWorkIsDone(String then, String signal, int exitCode)
      throws Exception {
    List<String> command = Child.java();
    command.addAll(List.of(Role.class.getName(), then));
    ProcessBuilder builder =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.DISCARD);
    builder.environment().put("CLASSPATH", Child.classPath());
    Process process = builder.start();
    try (BufferedReader out = process.inputReader(StandardCharsets.UTF_8)) {
      assertThat(out.readLine()).isEqualTo("ready");

      new ProcessBuilder("kill", "-" + signal, String.valueOf(process.pid())).start().waitFor();

      assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
      assertThat(process.exitValue()).isEqualTo(exitCode);
    } finally {
      process.destroyForcibly();
    }
  }
}
