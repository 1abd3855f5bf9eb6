package dev.lectern.schemas.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class ForeignContentTest {
  @Test
  void whatAFilePlainlyIsIsNamedWithWhatToDo() {
    assertThat(of("version https://git-lfs.github.com/spec/v1\noid sha256:ab\n"))
        .startsWith("found a pointer of Git LFS");
    assertThat(of("\n<!DOCTYPE html><html>")).startsWith("found a web page");
    assertThat(of("\u001f\u008b\b")).isEqualTo("found a gzip file; unpack it");
    assertThat(of("PK\u0003\u0004")).isEqualTo("found a ZIP archive; unpack it");
    assertThat(of("{\"images\": []}")).isEqualTo("nothing");
    assertThat(of("")).isEqualTo("nothing");
  }

  private static String of(String start) {
    return ForeignContent.of(start.getBytes(StandardCharsets.ISO_8859_1)).orElse("nothing");
  }
}
