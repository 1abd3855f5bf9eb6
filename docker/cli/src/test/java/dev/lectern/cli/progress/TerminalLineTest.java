package dev.lectern.cli.progress;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lectern.schemas.progress.Progress;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TerminalLineTest {
  private static final String CLEAR = "\r\u001b[K";

  private final ByteArrayOutputStream written = new ByteArrayOutputStream();
  private final TerminalLine line = new TerminalLine(new PrintStream(written, true));
  private final PrintStream err = new PrintStream(line, true);

  @Test
  void logsStandAboveTheLine() {
    line.show("1/2 views");
    err.print("a log\n");
    line.show("2/2 views");

    assertThat(terminal())
        .isEqualTo(
            CLEAR + "1/2 views" + CLEAR + "a log\n" + CLEAR + "1/2 views" + CLEAR + "2/2 views");
  }

  @Test
  void nothingIsDrawnInTheMiddleOfAnothersLine() {
    line.show("1/2 views");
    err.print("a long ");
    line.show("2/2 views");
    err.print("story\n");

    assertThat(terminal())
        .isEqualTo(CLEAR + "1/2 views" + CLEAR + "a long story\n" + CLEAR + "2/2 views");
  }

  @Test
  void theLastStateStays() {
    line.show("2/2 views");
    line.leave();
    err.print("a log\n");

    assertThat(terminal()).isEqualTo(CLEAR + "2/2 views" + System.lineSeparator() + "a log\n");
  }

  @ParameterizedTest
  @CsvSource({"120", "60", "30", "12"})
  void aBarIsNarrowerThanItsTerminal(int columns) {
    Progress.Factory bars = Displays.bars(line, () -> columns);
    try (Progress bar = bars.start("teach mini-plus", "views", 5000)) {
      bar.advance(1234);
      bar.note("3 problems");
    }

    assertThat(terminal().replace("\u001b[K", "").split("[\\r\\n]+"))
        .isNotEmpty()
        .allMatch(drawn -> drawn.length() < columns);
  }

  @Test
  void aBarShowsHowFastItGoesAndWhatIsLeft() {
    Progress.Factory bars = Displays.bars(line, () -> 120);
    try (Progress bar = bars.start("teach mini-plus", "views", 5000)) {
      bar.advance(1250);
      bar.note("3 problems");
    }

    assertThat(terminal())
        .containsPattern(
            "teach mini-plus +\\d+% \\[=+ +\\] 1250/5000 views \\(0:00:0\\d / 0:00:\\d\\d\\) [\\d.]+ views/s 3"
                + " problems");
  }

  @ParameterizedTest
  @CsvSource({"10 132, 10, 132", "0 0, 24, 80", "'', 24, 80", "not a terminal, 24, 80"})
  void theSizeIsWhatSttySays(String answer, int rows, int columns) {
    assertThat(TerminalSize.window(answer)).isEqualTo(new TerminalSize.Window(rows, columns));
  }

  private String terminal() {
    return written.toString(StandardCharsets.UTF_8);
  }
}
