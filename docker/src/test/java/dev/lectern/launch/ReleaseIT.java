package dev.lectern.launch;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The archive of a release, unpacked in an empty folder: it needs Java alone. */
@Tag("release")
@Timeout(900)
class ReleaseIT {
  @TempDir Path folder;

  @Test
  void theArchiveRunsTheDemoWithoutMavenAndWithoutACheckout() throws Exception {
    Path archive;
    try (Stream<Path> built = Files.list(Path.of("target"))) {
      archive = built.filter(file -> file.toString().endsWith(".tar.gz")).findFirst().orElseThrow();
    }
    assertThat(run("tar", "xzf", archive.toAbsolutePath().toString())).isEmpty();
    Path home;
    try (Stream<Path> unpacked = Files.list(folder)) {
      home = unpacked.filter(Files::isDirectory).findFirst().orElseThrow();
    }
    String lectern = home.resolve("lectern").toString();

    assertThat(home.resolve("LICENSE")).isNotEmptyFile();
    assertThat(home.resolve("docker/teachers")).isNotEmptyDirectory();
    assertThat(Files.readString(home.resolve("lectern_completion"))).contains("experiment");
    assertThat(listed(home.resolve("bom.json"))).isEqualTo(jars(home.resolve("lib")));
    assertThat(run("bash", "-n", home.resolve("lectern_completion").toString())).isEmpty();
    assertThat(run(lectern, "--version")).contains("lectern");
    String demo =
        run(lectern, "demo", "--pictures", "24", "--validation-pictures", "12", "--epochs", "2");
    assertThat(demo).contains("AP distilled, seed 1", "report: ").doesNotContain("building");
    assertThat(folder.resolve("lectern-demo/report.html")).isNotEmptyFile();
  }

  /** Names and versions that the bill of materials has. */
  private static Set<String> listed(Path bill) throws Exception {
    Set<String> jars = new HashSet<>();
    for (JsonNode component : new JsonMapper().readTree(bill.toFile()).path("components")) {
      jars.add(component.path("name").asText() + "-" + component.path("version").asText());
    }
    return jars;
  }

  /** Names and versions of the jars, those of a platform without its name. */
  private static Set<String> jars(Path lib) throws Exception {
    Set<String> jars = new HashSet<>();
    try (Stream<Path> all = Files.list(lib)) {
      all.map(jar -> jar.getFileName().toString())
          .map(name -> name.replaceFirst("(-linux-(x86_64|aarch64|arm64))?\\.jar$", ""))
          .forEach(jars::add);
    }
    return jars;
  }

  private String run(String... command) throws Exception {
    Path output = Files.createTempFile("release", ".log");
    Process process =
        new ProcessBuilder(List.of(command))
            .directory(folder.toFile())
            .redirectErrorStream(true)
            .redirectOutput(output.toFile())
            .start();
    assertThat(process.waitFor(10, TimeUnit.MINUTES)).as("%s ended", List.of(command)).isTrue();
    String said = Files.readString(output);
    Files.delete(output);
    assertThat(process.exitValue()).as(said).isZero();
    return said;
  }
}
