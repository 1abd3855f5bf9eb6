package dev.lectern.trainer.golden;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Set;
import org.junit.jupiter.api.Test;

/**
 * Every case under src/test/resources/golden, made by executing the public reference
 * implementations (each case.json names repository, file and commit).
 */
class GoldenCasesTest {
  private static final Path CASES = Path.of("src/test/resources/golden");

  @Test
  void everyCaseAgreesInValuesAndGradients() throws Exception {
    ByteArrayOutputStream lines = new ByteArrayOutputStream();
    GoldenVerifier.Summary summary =
        GoldenVerifier.verify(
            CASES, Set.of(), new PrintStream(lines, true, StandardCharsets.UTF_8));
    assertThat(summary.failures()).as(lines.toString(StandardCharsets.UTF_8)).isEmpty();
    assertThat(summary.passed()).isEqualTo(204);
  }
}
