package dev.lectern.launch;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** What the root README says of modules and of the way of a view is true to the code. */
class ReadmeTest {
  private static final Path ROOT = Path.of("..");
  private static final Pattern LINK = Pattern.compile("]\\(([^)#]+)\\)");
  private static final Pattern MODULE = Pattern.compile("<module>([^<]+)</module>");

  @Test
  void everythingItPointsToExists() throws IOException {
    List<String> links =
        found(LINK, "README.md").stream().filter(link -> !link.startsWith("https:")).toList();

    assertThat(links).hasSizeGreaterThan(20);
    assertThat(links).allSatisfy(link -> assertThat(ROOT.resolve(link)).as(link).exists());
  }

  @Test
  void everyModuleIsInIt() throws IOException {
    assertThat(found(LINK, "README.md")).containsAll(found(MODULE, "pom.xml"));
  }

  @Test
  void theVersionIsOfAReleaseAndItsChangesAreListed() throws IOException {
    String version = found(Pattern.compile("<version>([^<]+)</version>"), "pom.xml").get(0);

    assertThat(version).matches("\\d+\\.\\d+\\.\\d+");
    assertThat(found(Pattern.compile("(?m)^## (.+)$"), "docker/CHANGELOG.md").get(0))
        .isEqualTo(version);
  }

  private static List<String> found(Pattern pattern, String file) throws IOException {
    Matcher matcher = pattern.matcher(Files.readString(ROOT.resolve(file)));
    return matcher.results().map(result -> result.group(1)).toList();
  }
}
