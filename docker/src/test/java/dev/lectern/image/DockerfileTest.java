package dev.lectern.image;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lectern.cli.CommandLines;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** What the Dockerfile repeats from other files. */
class DockerfileTest {
  private static final Path DOCKERFILE = Path.of("Dockerfile");

  @Test
  void itsVersionIsThatOfTheBuild() throws IOException {
    StringWriter version = new StringWriter();
    CommandLines.lectern().setOut(new PrintWriter(version)).execute("--version");

    assertThat(found("(?m)^ARG VERSION=(.*)$"))
        .singleElement()
        .satisfies(v -> assertThat(version.toString()).startsWith("lectern " + v + "\n"));
  }

  @Test
  void everyTargetSaysItsName() throws IOException {
    List<String> targets = found("(?m)^FROM \\S+ AS ((?:teacher|student|lectern)\\S*)$");

    assertThat(targets)
        .containsExactlyInAnyOrder("teacher", "student", "lectern", "teacher-cuda", "student-cuda");
    List<String> names =
        targets.stream().map(t -> t.equals("lectern") ? t : "lectern-" + t).toList();
    assertThat(found("LECTERN_IMAGE=(\\S+)")).isEqualTo(names);
    assertThat(found("(?m)^LABEL (\\S+title=.*)$"))
        .hasSameSizeAs(names)
        .containsOnly(
            "org.opencontainers.image.title=\"${LECTERN_IMAGE}\""
                + " org.opencontainers.image.version=\"${VERSION}\"");
  }

  @Test
  void whatItCopiesIsPartOfTheContext() throws IOException {
    List<String> context =
        Files.readAllLines(Path.of("Dockerfile.dockerignore")).stream()
            .filter(line -> line.startsWith("!"))
            .map(line -> line.substring(1))
            .toList();

    assertThat(found("(?m)^COPY ([^-]\\S*) "))
        .isNotEmpty()
        .allSatisfy(
            source ->
                assertThat(context)
                    .anyMatch(part -> source.equals(part) || source.startsWith(part + "/")));
  }

  private static List<String> found(String pattern) throws IOException {
    return Pattern.compile(pattern)
        .matcher(Files.readString(DOCKERFILE))
        .results()
        .map((MatchResult result) -> result.group(1))
        .toList();
  }
}
