package dev.lectern.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the command line says where it ships without benchmarks and golden vectors, as here. */
class CheckoutOnlyTest {
  @Test
  void benchmarksAreListedAndSayWhereTheyAre() {
    assertThat(CommandRun.of("--help").out()).contains("bench", "comes with a source checkout");

    CommandRun run = CommandRun.of("bench", "codec", "--tensors", "t.npz");

    assertThat(run.exitCode()).isEqualTo(2);
    assertThat(run.err())
        .isEqualTo(
            "lectern: bench: the benchmarks come with a source checkout of Lectern; run there:"
                + " ./lectern bench codec --tensors t.npz"
                + System.lineSeparator());
  }

  @Test
  void goldenVectorsSayWhereTheyAreChecked(@TempDir Path folder) {
    CommandRun run = CommandRun.of("losses", "--verify", folder.toString());

    assertThat(run.exitCode()).isEqualTo(2);
    assertThat(run.err()).contains("golden vectors are checked in a source checkout of Lectern");
  }
}
