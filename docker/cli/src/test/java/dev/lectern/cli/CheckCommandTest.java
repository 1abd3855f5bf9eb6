package dev.lectern.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.lectern.demo.DemoSettings;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The demo's teacher on drawn pictures, and what is wrong with its descriptor in each test. */
class CheckCommandTest {
  private static final int PICTURES = 24;

  @TempDir private Path dir;
  private Path publish;
  private String descriptor;

  @BeforeEach
  void draw() throws IOException {
    Path images = Files.createDirectories(dir.resolve("images"));
    Path annotations = dir.resolve("val.json");
    DemoSettings.validation(PICTURES).write(images, annotations);
    publish =
        Files.writeString(
            dir.resolve("publish.yaml"),
            "{format: coco, size: %dx%d, resize: stretch, annotations: '%s', images: '%s'}"
                .formatted(DemoSettings.SIDE, DemoSettings.SIDE, annotations, images));
    try (InputStream in = getClass().getResourceAsStream("/demo/demo-teacher.onnx")) {
      Files.copy(in, dir.resolve("teacher.onnx"));
    }
    try (InputStream in = getClass().getResourceAsStream("/demo/demo-teacher.yaml")) {
      descriptor = new String(in.readAllBytes(), java.nio.charset.StandardCharsets.UTF_8);
    }
  }

  @Test
  void aTeacherThatIsReadAsItWasTrainedHasNoWarning() throws IOException {
    CommandRun run = check(descriptor);

    assertThat(run.exitCode()).as(run.err()).isZero();
    assertThat(run.out())
        .containsPattern("AP 0\\.[3-9]\\d\\d  as published: resize stretch, channels RGB")
        .contains("resize letterbox", "channels BGR", "pixels 0..255", "pixels 0..1")
        .doesNotContain("warning");
  }

  @Test
  void aWrongScaleOfPixelsIsFound() throws IOException {
    String scaled = descriptor;
    for (String mean : List.of("123.675", "116.28", "103.53")) {
      scaled = scaled.replace("- " + mean, "- 0.0");
    }
    for (String std : List.of("58.395", "57.12", "57.375")) {
      scaled = scaled.replace("- " + std, "- 255.0");
    }

    CommandRun run = check(scaled);

    assertThat(run.out())
        .doesNotContain("pixels 0..1")
        .containsPattern("warning: mean and std of ImageNet does better by \\d+\\.\\d AP");
  }

  @Test
  void classesInAnotherOrderAreFound() throws IOException {
    String[] parts = descriptor.split("class-names:\\n", 2);
    String[] names = parts[1].split("(?<=\\n)(?!-)", 2)[0].split("(?<=\\n)");
    String swapped = parts[1].replace(names[0] + names[1], names[1] + names[0]);

    CommandRun run = check(parts[0] + "class-names:\n" + swapped);

    assertThat(run.out()).containsPattern("warning: classes in another order: 0 is .* does better");
  }

  @Test
  void asJsonTheWarningsAreApart() throws IOException {
    JsonNode result = new JsonMapper().readTree(check(descriptor, "--json").out());

    assertThat(result.path("readings").path(0).path("what").asText()).startsWith("as published");
    assertThat(result.path("readings").path(0).path("ap").asDouble()).isBetween(0.3, 1.0);
    assertThat(result.path("warnings").isArray()).isTrue();
  }

  private CommandRun check(String yaml, String... more) throws IOException {
    Path teacher = Files.writeString(dir.resolve("teacher.yaml"), yaml);
    return CommandRun.of(
        Stream.concat(
                Stream.of(
                    "check",
                    "--teacher=" + teacher,
                    "--model=" + dir.resolve("teacher.onnx"),
                    "--config=" + publish,
                    "--images=24"),
                Stream.of(more))
            .toArray(String[]::new));
  }
}
