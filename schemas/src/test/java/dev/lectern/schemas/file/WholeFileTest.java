package dev.lectern.schemas.file;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WholeFileTest {
  @TempDir Path folder;

  @Test
  void missingFoldersAreCreated() throws IOException {
    Path file = folder.resolve("a/b/c.txt");

    WholeFile.write(file, temporary -> Files.writeString(temporary, "new"));

    assertThat(file).hasContent("new");
  }

  @Test
  void aFailureHalfwayLeavesTheOldFileAndNothingElse() throws IOException {
    Path file = Files.writeString(folder.resolve("c.txt"), "old");

    assertThatThrownBy(
            () ->
                WholeFile.write(
                    file,
                    temporary -> {
                      Files.writeString(temporary, "ne");
                      throw new IOException("disk full");
                    }))
        .hasMessage("disk full");

    assertThat(file).hasContent("old");
    try (Stream<Path> files = Files.list(folder)) {
      assertThat(files).containsExactly(file);
    }
  }
}
