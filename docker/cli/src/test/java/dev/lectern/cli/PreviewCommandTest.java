package dev.lectern.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Views of drawn pictures. */
class PreviewCommandTest {
  @TempDir private Path dir;
  private Path config;

  @BeforeEach
  void draw() throws IOException {
    TinyTeacher.draw(dir, "train", 10);
    config =
        Files.writeString(
            dir.resolve("publish.yaml"),
            """
            name: drawn
            format: coco
            annotations: train.json
            images: images
            size: 64x64
            views-per-image: 4
            plan: yolov8
            seed: 5
            """);
  }

  @Test
  void aPageShowsTheViewsOfEachImage() throws IOException {
    String page = preview("--images", "3");

    assertThat(headings(page)).hasSize(3).allMatch(heading -> heading.endsWith(", split train"));
    assertThat(count(page, "<image ")).isEqualTo(12);
    assertThat(count(page, "<figcaption>view 0, ")).isEqualTo(3);
    assertThat(count(page, "<figcaption>view 3, ")).isEqualTo(3);
    assertThat(count(page, "<rect class=\"frame truth\"")).isPositive();
    assertThat(count(page, "<text class=\"name truth\""))
        .isEqualTo(count(page, "<rect class=\"frame truth\""));
    assertThat(page).contains("<h1>Views of plan yolov8</h1>").doesNotContain("http", "<script");
  }

  @Test
  void pixelsAreEncodedAsPublishWouldEncodeThem() throws IOException {
    List<String> exact = pixels(preview());

    List<String> coarse = pixels(preview("--set", "pixel-format=jpeg", "--set", "jpeg-quality=5"));

    assertThat(coarse).hasSameSizeAs(exact).doesNotContainAnyElementsOf(exact);
  }

  @Test
  void imagesThatNobodyAnnotatedAreLeftOut() throws IOException {
    Files.createDirectory(dir.resolve("more"));
    try (Stream<Path> drawn = Files.list(dir.resolve("images"))) {
      Files.copy(drawn.sorted().findFirst().orElseThrow(), dir.resolve("more/unseen.png"));
    }
    Files.writeString(
        config,
        Files.readString(config)
            .replace(
                "annotations: train.json\nimages: images",
                """
                sources:
                  - {split: train, annotations: train.json, images: images}
                  - {split: train, images: more, unlabelled: yes}"""));

    assertThat(headings(preview("--images", "20")))
        .hasSize(10)
        .noneMatch(h -> h.contains("unseen"));
  }

  @Test
  void theSameSettingsShowTheSamePixels() throws IOException {
    List<String> first = pixels(preview());

    assertThat(pixels(preview())).isEqualTo(first);
    // Plain views stay, augmented ones are drawn anew
    List<String> other = pixels(preview("--set", "seed=6"));
    for (int view = 0; view < first.size(); view++) {
      assertThat(other.get(view).equals(first.get(view)))
          .as("view %d", view)
          .isEqualTo(view % 4 == 0);
    }
  }

  @Test
  void settingsOnTheCommandLineWin() throws IOException {
    String page = preview("--set", "plan=plain", "--set", "views-per-image=2", "--images", "100");

    assertThat(headings(page)).hasSize(10);
    assertThat(count(page, "<image ")).isEqualTo(20);
    assertThat(page).contains("<h1>Views of plan plain</h1>");
  }

  @Test
  void mistakesAreOneLine() {
    assertMistake("--images: found 0", "--images", "0");
    assertMistake("plan", "--set", "plan=yolov9");
    assertMistake("views-per-imag", "--set", "views-per-imag=2");
  }

  private void assertMistake(String part, String... more) {
    CommandRun run = run(more);
    assertThat(run.exitCode()).as(run.err()).isEqualTo(2);
    assertThat(run.err().lines().toList()).singleElement().asString().contains(part);
  }

  private String preview(String... more) throws IOException {
    CommandRun run = run(more);
    assertThat(run.exitCode()).as(run.err()).isZero();
    String page = Files.readString(dir.resolve("views.html"));
    assertThat(run.out())
        .isEqualTo(
            "%s: %d views%n".formatted(dir.resolve("views.html"), count(page, "<figcaption>")));
    return page;
  }

  private CommandRun run(String... more) {
    return CommandRun.of(
        Stream.concat(
                Stream.of(
                    "preview",
                    "--config",
                    config.toString(),
                    "--out",
                    dir.resolve("views.html").toString()),
                Stream.of(more))
            .toArray(String[]::new));
  }

  private static List<String> headings(String page) {
    return all(page, "<h2>(.*?)</h2>");
  }

  private static List<String> pixels(String page) {
    return all(page, "base64,([^\"]*)");
  }

  private static List<String> all(String page, String pattern) {
    return Pattern.compile(pattern).matcher(page).results().map(m -> m.group(1)).toList();
  }

  private static long count(String page, String part) {
    return Pattern.compile(Pattern.quote(part)).matcher(page).results().count();
  }
}
