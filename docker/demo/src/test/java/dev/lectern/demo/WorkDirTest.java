package dev.lectern.demo;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WorkDirTest {
  @TempDir private Path folder;

  @Test
  void aUsersOwnRunsStayWhereADemoIsGivenAgain() throws IOException {
    // Given the folder of an earlier demo, and what a user put beside its files
    WorkDir.prepare(folder);
    Path own = file("runs/mine/checkpoints/step-000000001.safetensors");
    Path settings = file("config/mine.yaml");
    Path notes = file("notes.txt");
    Path demos = file("runs/plain-1/metrics.csv");
    Path log = file("logs/train-distilled-2.log");
    Path pictures = file("pictures/images/0.png");

    // When
    WorkDir.prepare(folder).deleteBulk();

    // Then
    assertThat(own).exists();
    assertThat(settings).exists();
    assertThat(notes).exists();
    assertThat(demos).doesNotExist();
    assertThat(log).doesNotExist();
    assertThat(pictures).doesNotExist();
  }

  private Path file(String name) throws IOException {
    Path file = folder.resolve(name);
    Files.createDirectories(file.getParent());
    return Files.writeString(file, "x");
  }
}
