package dev.lectern.schemas.config;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class OneLineTest {
  @Test
  void lineBreaksBecomeSpaces() {
    assertThat(OneLine.of(" out of memory:\r\n   tried 4 GB \n\n free 1 GB\n"))
        .isEqualTo("out of memory: tried 4 GB free 1 GB");
  }

  @Test
  void aFailureWithoutAMessageIsNamed() {
    assertThat(OneLine.of(new IllegalStateException(), 100))
        .isEqualTo("java.lang.IllegalStateException");
  }

  @Test
  void aLongMessageIsCut() {
    assertThat(OneLine.of(new IllegalStateException("a\nbcdef"), 5)).isEqualTo("a bcd");
  }
}
