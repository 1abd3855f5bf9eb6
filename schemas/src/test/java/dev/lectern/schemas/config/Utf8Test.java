package dev.lectern.schemas.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class Utf8Test {
  @TempDir Path folder;

  @Test
  void byteOrderMarksArePassedOverWhereverFilesWereJoined() throws IOException {
    assertThat(read("\uFEFFcat\r\n\uFEFFdog", StandardCharsets.UTF_8)).isEqualTo("cat\r\ndog");
    assertThat(read("\u732b caf\u00e9 \uD83D\uDC31", StandardCharsets.UTF_8))
        .isEqualTo("\u732b caf\u00e9 \uD83D\uDC31");
    assertThat(read("", StandardCharsets.UTF_8)).isEmpty();
    assertThat(read("\u732b".repeat(10_000), StandardCharsets.UTF_8)).hasSize(10_000);
  }

  @Test
  void anotherEncodingIsNamedWithItsPlace() {
    refuses(
        "dog\n\u732b\u72d7",
        Charset.forName("GBK"),
        "found byte 0xB9 at offset 6 (line 2), which is not UTF-8; it may be GB18030");
    refuses(
        "caf\u00e9",
        StandardCharsets.ISO_8859_1,
        "found byte 0xE9 at offset 3 (line 1), which is not UTF-8; it may be windows-1252;");
    refuses("\uFEFFcat", StandardCharsets.UTF_16LE, "found UTF-16 (it begins with FF FE)");
    refuses("\uFEFFcat", StandardCharsets.UTF_16BE, "found UTF-16 (it begins with FE FF)");
    refuses("cat", StandardCharsets.UTF_16LE, "found a zero byte at offset 1");
  }

  private void refuses(String text, Charset charset, String message) {
    assertThatThrownBy(() -> read(text, charset))
        .isInstanceOf(UserMistakeException.class)
        .hasMessageStartingWith("class names file " + folder.resolve("names.txt") + ": ")
        .hasMessageContaining(message);
  }

  private String read(String text, Charset charset) throws IOException {
    Path file = Files.write(folder.resolve("names.txt"), text.getBytes(charset));
    return Utf8.read(file, "class names file");
  }
}
