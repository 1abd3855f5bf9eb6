package dev.lectern.launch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;

/** What {@code compose/sasl/make-secrets.sh} makes. */
final class SaslSecrets {
  private SaslSecrets() {}

  static void make(Path folder) throws Exception {
    boolean openssl =
        Arrays.stream(System.getenv("PATH").split(File.pathSeparator))
            .anyMatch(dir -> Files.isExecutable(Path.of(dir, "openssl")));
    assumeTrue(openssl, "no openssl on the path");
    Process script =
        new ProcessBuilder("sh", "compose/sasl/make-secrets.sh", folder.toString())
            .redirectErrorStream(true)
            .start();
    String output = new String(script.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(script.waitFor()).as(output).isZero();
  }
}
