package dev.lectern.golden;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
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
    StringWriter lines = new StringWriter();
    GoldenVerifier.Summary summary = GoldenVerifier.verify(CASES, Set.of(), new PrintWriter(lines));
    assertThat(summary.failures()).as(lines.toString()).isEmpty();
    assertThat(summary.passed()).isEqualTo(204);
  }
}
