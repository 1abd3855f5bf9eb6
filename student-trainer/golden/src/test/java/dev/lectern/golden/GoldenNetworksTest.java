package dev.lectern.golden;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/**
 * Whole tiny networks against the executed reference implementations (each case.json names them),
 * as they lie in the folder that -Dlectern.shared names: outputs, detections, losses and gradients.
 */
class GoldenNetworksTest {
  private static final Path CASES =
      Path.of(System.getProperty("lectern.shared", "shared")).resolve("golden-networks");

  private final GoldenVerifier verifier = new GoldenVerifier(CaseRunners.all());

  @TestFactory
  Stream<DynamicTest> networksEqualTheReference() throws Exception {
    assumeTrue(
        Files.isDirectory(CASES),
        "skipped: needs golden-networks below the folder that -Dlectern.shared names");
    return GoldenVerifier.cases(CASES).stream()
        .map(
            directory ->
                DynamicTest.dynamicTest(
                    directory.getFileName().toString(), () -> check(directory)));
  }

  private void check(Path directory) throws Exception {
    Optional<String> skip = GoldenVerifier.reasonToSkip(directory);
    assumeTrue(skip.isEmpty(), () -> "skipped: " + skip.orElseThrow());
    List<String> differences = verifier.differences(directory);
    assertThat(differences).isEmpty();
  }
}
