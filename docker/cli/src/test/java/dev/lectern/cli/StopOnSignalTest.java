package dev.lectern.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class StopOnSignalTest {
  /** A role that does what its argument says once it is asked to stop. */
  static final class Role {
    private Role() {}

    public static void main(String[] arguments) throws Exception {
      CountDownLatch stop = new CountDownLatch(1);
      StopOnSignal.run(
          "test",
          Duration.ofSeconds(30),
          stop::countDown,
          () -> {
            System.out.println("ready");
            stop.await();
            switch (arguments[0]) {
              case "load" -> Runtime.getRuntime().addShutdownHook(new Thread(() -> {}));
              case "fail" -> throw new IllegalStateException("no");
              default -> {}
            }
            return null;
          });
    }
  }

  @ParameterizedTest
  @CsvSource({"end, 0", "load, 0", "fail, 1"})
  void whatCannotBeginAnyMoreIsNoFailure(String then, int exitCode) throws Exception {
    ProcessBuilder builder =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                Role.class.getName(),
                then)
            .redirectError(ProcessBuilder.Redirect.DISCARD);
    builder
        .environment()
        .put(
            "CLASSPATH",
            System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")));
    Process process = builder.start();
    try (BufferedReader out = process.inputReader(StandardCharsets.UTF_8)) {
      assertThat(out.readLine()).isEqualTo("ready");

      process.destroy();

      assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
      assertThat(process.exitValue()).isEqualTo(exitCode);
    } finally {
      process.destroyForcibly();
    }
  }
}
