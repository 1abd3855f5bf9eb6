package dev.lectern.launch;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The tests that the READMEs name as proof of what they promise. */
class NamedTestsTest {
  private static final Path ROOT = Path.of("..");
  private static final Pattern NAME = Pattern.compile("`([A-Z][A-Za-z]+(?:Test|IT))`");

  @Test
  void eachTestThatAReadmeNamesExists() throws IOException {
    Set<String> tests =
        files("src/test/java").stream()
            .map(file -> file.getFileName().toString().replace(".java", ""))
            .collect(Collectors.toSet());
    Set<String> named = new TreeSet<>();
    for (Path readme : files("README.md")) {
      Matcher name = NAME.matcher(Files.readString(readme));
      while (name.find()) {
        named.add(name.group(1));
      }
    }

    assertThat(named).hasSizeGreaterThan(30);
    assertThat(tests).containsAll(named);
  }

  /** Every row of the table of promises names its proof. */
  @Test
  void eachPromiseHasATest() throws IOException {
    String readme = Files.readString(Path.of("README.md"));
    List<String> rows =
        readme
            .substring(readme.indexOf("### Promises and their tests"))
            .lines()
            .dropWhile(line -> !line.startsWith("|---"))
            .skip(1)
            .takeWhile(line -> line.startsWith("|"))
            .filter(line -> !line.startsWith("| **")) // headings
            .toList();

    assertThat(rows).hasSizeGreaterThan(40).allMatch(row -> NAME.matcher(row).find());
  }

  private static List<Path> files(String part) throws IOException {
    try (Stream<Path> files = Files.walk(ROOT)) {
      return files
          .filter(file -> file.toString().contains(part) && !file.toString().contains("target"))
          .filter(Files::isRegularFile)
          .toList();
    }
  }
}
