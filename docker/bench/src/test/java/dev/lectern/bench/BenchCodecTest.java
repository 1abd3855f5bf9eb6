package dev.lectern.bench;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.lectern.cli.CommandRun;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BenchCodecTest {
  @TempDir private Path dir;

  @Test
  void everyEncodingIsMeasuredOnEveryFloatArray() throws Exception {
    Path file = archive(new Shape(2, 3, 60));

    CommandRun run = codec(file, "8x6,4x3");

    assertThat(run.exitCode()).as(run.err()).isZero();
    JsonNode figures = new JsonMapper().readTree(run.out());
    assertThat(figures.get("views").asInt()).isEqualTo(2);
    assertThat(figures.get("float32KbPerView").asDouble()).isEqualTo(0.72);
    assertThat(figures.get("encodings")).hasSizeGreaterThan(3);
    for (JsonNode encoding : figures.get("encodings")) {
      String values = encoding.get("values").asText();
      double bound =
          switch (values) {
            case "float32" -> 0;
            case "float16" -> 59 * 0x1p-11;
            default -> 59 / 255.0 / 2 * 1.001;
          };
      assertThat(encoding.get("maxAbsError").asDouble()).as(values).isBetween(0.0, bound);
      assertThat(encoding.get("encodeGbPerSecond").asDouble()).isNotNegative();
      assertThat(encoding.get("kbPerViewOf").get("feat").asDouble())
          .isEqualTo(encoding.get("kbPerView").asDouble());
    }
  }

  @Test
  void levelsThatDoNotFitAreNamed() throws Exception {
    Path file = archive(new Shape(2, 3, 60));

    CommandRun run = codec(file, "8x6");

    assertThat(run.exitCode()).isEqualTo(2);
    assertThat(run.err())
        .contains("array feat has shape (2, 3, 60), expected (views, channels, 48)");
  }

  @Test
  void aFileThatIsNoArchiveIsAMistake() throws Exception {
    Path file = Files.writeString(dir.resolve("tensors.npz"), "this is no archive of arrays");

    CommandRun run = codec(file, "8x6");

    assertThat(run.exitCode()).isEqualTo(2);
    assertThat(run.err().lines().toList()).hasSize(1);
    assertThat(run.err()).contains("NumPy archive");
  }

  private static CommandRun codec(Path file, String levels) {
    return CommandRun.of(
        "bench", "codec", "--tensors", file.toString(), "--levels", levels, "--rounds", "1");
  }

  private Path archive(Shape shape) throws IOException {
    Path file = dir.resolve("tensors.npz");
    try (NDManager manager = NDManager.newBaseManager();
        OutputStream out = Files.newOutputStream(file)) {
      NDArray array = manager.arange(0f, shape.get(2), 1f).broadcast(shape).duplicate();
      array.setName("feat");
      NDArray other = manager.zeros(new Shape(4)).gt(0);
      other.setName("mask");
      new NDList(array, other).encode(out, NDList.Encoding.NPZ);
    }
    return file;
  }
}
