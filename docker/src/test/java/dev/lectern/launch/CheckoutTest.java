package dev.lectern.launch;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lectern.cli.CommandRun;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The commands that a checkout adds to the command line: all of its jars are on this class path.
 */
class CheckoutTest {
  @Test
  void aBenchmarkShowsItsOptions() {
    CommandRun run = CommandRun.of("bench", "codec", "--help");

    assertThat(run.exitCode()).as(run.err()).isZero();
    assertThat(run.out()).contains("lectern bench codec", "--tensors", "--verbose");
  }

  @Test
  void goldenVectorsRun(@TempDir Path empty) {
    Path cases = Path.of("../student-trainer/golden/src/test/resources/golden");

    CommandRun run = CommandRun.of("losses", "--verify", cases.toString(), "--method", "giou");
    CommandRun unknown =
        CommandRun.of("losses", "--verify", cases.toString(), "--method", "telepathy");
    CommandRun nothing = CommandRun.of("losses", "--verify", empty.toString());

    assertThat(run.exitCode()).as(run.err()).isZero();
    assertThat(run.out()).containsPattern("(?m)^[1-9][0-9]* passed, 0 failed$");
    assertThat(unknown.exitCode()).isEqualTo(2);
    assertThat(unknown.err()).contains("--method telepathy: expected one of");
    assertThat(nothing.exitCode()).isEqualTo(2);
    assertThat(nothing.err()).contains("found no case");
  }
}
