package dev.lectern.cli.faults;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The time of day jumps under the broker and every role while they work: they go on, and what comes
 * of it is sound. The clock is a small library in C that is preloaded; without a C compiler the
 * test is skipped.
 *
 * <p>Kafka's clients wait by the time of day: for heartbeats, and while a quota of the broker
 * throttles them. A clock that is set back makes them wait until it has caught up, so it is set
 * back by seconds here, and no quota slows the roles.
 */
@Tag("faults")
@EnabledOnOs(OS.LINUX)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Timeout(1800)
class ClockJumpsIT {
  @TempDir private static Path dir;
  private Path clock;
  private long shift;
  private Fleet fleet;
  private EveryRole everyRole;

  @BeforeAll
  void recordOnce() throws Exception {
    assumeTrue(
        Arrays.stream(System.getenv("PATH").split(File.pathSeparator))
            .anyMatch(folder -> Files.isExecutable(Path.of(folder, "cc"))),
        "no cc on the path");
    Path source = Path.of(getClass().getResource("/clock.c").toURI());
    Path library = dir.resolve("clock.so");
    Process compiler =
        new ProcessBuilder(
                "cc", "-shared", "-fPIC", "-O2", "-o", library.toString(), source.toString())
            .redirectErrorStream(true)
            .start();
    String output = new String(compiler.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(compiler.waitFor()).as(output).isZero();
    clock = dir.resolve("clock");
    jump(0);
    fleet =
        Fleet.startWith(
            Map.of("LD_PRELOAD", library.toString(), "LECTERN_TEST_CLOCK", clock.toString()),
            dir,
            20,
            256);
    everyRole = EveryRole.on(fleet, new EveryRole.Pace(60, 0, 0));
  }

  @AfterAll
  void stop() throws Exception {
    Recovery.summarize();
    if (fleet != null) {
      fleet.close();
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {3600, -20, 86_400 * 30})
  void everyRoleGoesOnAfterTheClockJumped(int seconds) throws Exception {
    everyRole.goesOnAfter("clock" + seconds, () -> jump(seconds));
  }

  /** The file keeps its place in memory: it is written in place. */
  private void jump(long seconds) throws Exception {
    shift += seconds;
    byte[] bytes =
        ByteBuffer.allocate(Long.BYTES).order(ByteOrder.nativeOrder()).putLong(shift).array();
    Files.write(clock, bytes, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
  }
}
