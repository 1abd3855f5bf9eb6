package dev.lectern.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDManager;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.lectern.demo.DemoSettings;
import dev.lectern.detector.Detector;
import dev.lectern.detector.DetectorSpec;
import dev.lectern.detector.network.Detectors;
import dev.lectern.detector.weights.Weights;
import dev.lectern.schemas.config.ConfigLoader;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The demo's teacher on drawn pictures. */
class PredictCommandTest {
  @TempDir private Path dir;
  private Path images;
  private Path annotations;

  @BeforeEach
  void draw() throws IOException {
    images = Files.createDirectories(dir.resolve("images"));
    annotations = dir.resolve("val.json");
    DemoSettings.validation(6).write(images, annotations);
    for (String ending : new String[] {".onnx", ".yaml"}) {
      try (InputStream in = getClass().getResourceAsStream("/demo/demo-teacher" + ending)) {
        Files.copy(in, dir.resolve("teacher" + ending));
      }
    }
  }

  @Test
  void aTeachersBoxesLieOnTheObjects() throws IOException {
    CommandRun run = predict("--json");

    // Then: most confident boxes are annotated ones, in pixels of the image
    assertThat(run.exitCode()).as(run.err()).isZero();
    JsonNode found = new ObjectMapper().readTree(run.out());
    JsonNode annotated = new ObjectMapper().readTree(annotations.toFile()).get("annotations");
    assertThat(found.size()).isPositive();
    int right = 0;
    for (JsonNode box : found) {
      for (JsonNode object : annotated) {
        boolean near = true;
        for (int i = 0; i < 4; i++) {
          double distance =
              box.get("bbox").get(i).asDouble() - object.get("bbox").get(i).asDouble();
          near &= Math.abs(distance) < 6;
        }
        if (near) {
          right++;
          break;
        }
      }
    }
    assertThat((double) right / found.size()).isCloseTo(1, within(0.5));
    assertThat(Files.readString(dir.resolve("page.html"))).contains("<svg", "lectern predict");
  }

  @Test
  void aBrokenImageIsLeftOutWithOneLine() throws IOException {
    Files.write(images.resolve("broken.png"), new byte[] {1, 2, 3});

    CommandRun run = predict();

    assertThat(run.exitCode()).isZero();
    assertThat(run.err()).contains("broken.png: left out, corrupt-image: ");
    assertThat(run.out()).contains("boxes on 6 images");
  }

  @Test
  void aStudentLooksAtTheImagesToo() throws IOException {
    Path student = dir.resolve("student.safetensors");
    try (NDManager manager = NDManager.newBaseManager("PyTorch");
        Detector detector =
            Detectors.create(
                ConfigLoader.bind(TinyTeacher.spec(), List.of(), DetectorSpec.class, "test"),
                manager,
                3)) {
      Weights.save(detector, student);
    }
    Path page = dir.resolve("student.html");

    CommandRun run =
        CommandRun.of(
            "predict",
            images.toString(),
            "--student=" + student,
            "--size=128x128",
            "--out=" + page,
            "--device=cpu");

    assertThat(run.exitCode()).as(run.err()).isZero();
    assertThat(run.out()).matches("(?s).*student.html: \\d+ boxes on 6 images\\s*");
    assertThat(Files.readString(page)).contains("<svg", "student");
  }

  @Test
  void aMissingImageIsAMistake() {
    CommandRun run =
        CommandRun.of(
            "predict",
            dir.resolve("nothing").toString(),
            "--teacher=" + dir.resolve("teacher.yaml"),
            "--model=" + dir.resolve("teacher.onnx"));

    assertThat(run.exitCode()).isEqualTo(2);
    assertThat(run.err()).contains("nothing: not found");
  }

  private CommandRun predict(String... more) {
    String[] arguments = {
      "predict",
      images.toString(),
      "--teacher=" + dir.resolve("teacher.yaml"),
      "--model=" + dir.resolve("teacher.onnx"),
      "--resize=stretch",
      "--out=" + dir.resolve("page.html")
    };
    String[] all = java.util.Arrays.copyOf(arguments, arguments.length + more.length);
    System.arraycopy(more, 0, all, arguments.length, more.length);
    return CommandRun.of(all);
  }
}
