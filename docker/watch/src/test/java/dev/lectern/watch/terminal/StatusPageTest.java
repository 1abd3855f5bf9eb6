package dev.lectern.watch.terminal;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lectern.watch.Fleets;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class StatusPageTest {
  @Test
  void everyLineFitsEightyColumns() {
    assertThat(StatusPage.lines(Fleets.busy(), Ink.PLAIN))
        .allSatisfy(line -> assertThat(line).hasSizeLessThan(80))
        .noneMatch(line -> line.contains("\u001b"));
  }

  @Test
  void everythingOfTheFleetIsThere() {
    String page = String.join("\n", StatusPage.lines(Fleets.busy(), Ink.PLAIN));

    assertThat(page)
        .contains("mini-plus                open   [########............]  40%  397 of 1,000")
        .contains(
            "12.0 views/s, 50 s left, 1 worker, 460.0 MB, 3 dead letters",
            "5.0 kB, 1 dead letter\n")
        .contains("WARNINGS\n  - topic mini-plus.class-scores: the broker deletes records older")
        .contains("3 x pixels do not match their SHA-256; c#0")
        .contains("gpu-1                 mini-plus        working  cuda:0")
        .contains("ms a view: decode 3.2, batch 0.9, inference 80.0, encode 6.9, publish 14.2")
        .contains("with-ld          working     4/12     40.0    8 %")
        .containsOnlyOnce("replay, ms a view: store 1.1, decode 8.2")
        .contains("step 7: found losses {ld=NaN}")
        .contains("500      1,000      3,214    416x416");
  }

  @ParameterizedTest
  @CsvSource({"24, 80", "10, 80", "8, 40", "3, 20"})
  void aPageFitsItsWindow(int rows, int columns) {
    List<String> whole = StatusPage.lines(Fleets.busy(), Ink.COLOURS);

    List<String> fitting = StatusPage.fitting(whole, rows, columns);

    int used =
        fitting.stream()
            .mapToInt(line -> (int) Math.ceil(Math.max(1, visible(line)) / (double) columns))
            .sum();
    assertThat(used).isLessThan(rows);
    int shown = fitting.size() - 1;
    assertThat(fitting.subList(0, shown)).isEqualTo(whole.subList(0, shown));
    assertThat(fitting.get(shown)).isEqualTo("... " + (whole.size() - shown) + " more lines");
    assertThat(StatusPage.fitting(whole, whole.size() + 1, 80)).isEqualTo(whole);
  }

  private static int visible(String line) {
    return line.replaceAll("\u001b\\[[0-9;]*m", "").length();
  }

  @Test
  void coloursChangeNoLetter() {
    List<String> plain = StatusPage.lines(Fleets.busy(), Ink.PLAIN);
    List<String> coloured = StatusPage.lines(Fleets.busy(), Ink.COLOURS);

    assertThat(coloured).isNotEqualTo(plain);
    assertThat(coloured.stream().map(l -> l.replaceAll("\u001b\\[[0-9;]*m", "")).toList())
        .isEqualTo(plain);
  }
}
