package dev.lectern.schemas.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FileErrorTest {
  @TempDir private Path dir;

  @Test
  void aPathAloneBecomesAReason() throws IOException {
    Path absent = dir.resolve("absent/file");
    Path file = Files.writeString(dir.resolve("file"), "");

    assertThat(reason(() -> Files.writeString(absent, "")))
        .isEqualTo(absent + ": no such file or folder");
    assertThat(reason(() -> Files.createDirectories(file)))
        .isEqualTo(file + ": there is a file of this name");
    assertThat(reason(() -> Files.createDirectories(file.resolve("x"))))
        .isEqualTo(file.resolve("x") + ": Not a directory");
    assertThat(FileError.describe(new AccessDeniedException("a")))
        .isEqualTo("a: permission denied");
  }

  @Test
  void aMessageStays() {
    assertThat(FileError.describe(new IOException("No space left on device")))
        .isEqualTo("No space left on device");
  }

  @Test
  void aFullDiskIsToldFromAFileThatCannotBeUsed() {
    assertThat(FileError.isFull(new IOException("index: No space left on device"))).isTrue();
    assertThat(FileError.isFull(new FileSystemException("a", null, "Disk quota exceeded")))
        .isTrue();
    assertThat(FileError.isFull(new AccessDeniedException("a"))).isFalse();
    assertThat(FileError.isFull(new IOException())).isFalse();
  }

  private interface Work {
    void run() throws IOException;
  }

  private static String reason(Work work) {
    try {
      work.run();
    } catch (IOException e) {
      return FileError.describe(e);
    }
    throw new AssertionError("nothing was wrong");
  }
}
