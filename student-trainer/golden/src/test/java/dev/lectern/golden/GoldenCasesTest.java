package dev.lectern.golden;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Every case under src/test/resources/golden, made by executing the public reference
 * implementations (each case.json names repository, file and commit); one test each.
 */
class GoldenCasesTest {
  private static final Path CASES = Path.of("src/test/resources/golden");
  private final GoldenVerifier verifier = new GoldenVerifier(CaseRunners.all());

  static List<String> names() throws Exception {
    return GoldenVerifier.cases(CASES).stream()
        .map(directory -> directory.getFileName().toString())
        .toList();
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("names")
  void valuesAndGradientsAgree(String name) throws Exception {
    assertThat(verifier.differences(CASES.resolve(name))).isEmpty();
  }

  @Test
  void noCaseIsMissing() throws Exception {
    assertThat(names()).hasSize(204);
  }
}
