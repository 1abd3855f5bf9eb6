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
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BenchReplayTest {
  @TempDir private Path dir;

  @Test
  void theStoreIsMeasuredUnderEveryEncodingAndReadsBackWhatWasGiven() throws Exception {
    CommandRun run = replay(archive(), "--encoding", "float32,float16/none/none,int8");

    assertThat(run.exitCode()).as(run.err()).isZero();
    JsonNode figures = new JsonMapper().readTree(run.out());
    assertThat(figures.get("views").asInt()).isEqualTo(5);
    assertThat(figures.get("stores")).hasSize(3);
    double[] errors = {0, 59 * 0x1p-11, 59 / 255.0 / 2 * 1.001};
    for (int i = 0; i < errors.length; i++) {
      JsonNode store = figures.get("stores").get(i);
      assertThat(store.get("maxAbsError").asDouble()).isBetween(0.0, errors[i]);
      assertThat(store.get("readViewsPerSecond").asDouble()).isPositive();
      assertThat(store.get("readViewsPerCpuSecond").asDouble()).isNotNegative();
      assertThat(store.get("writeMbPerSecond").asDouble()).isPositive();
      assertThat(store.get("residentMib")).hasSize(2);
    }
    assertThat(figures.get("stores").get(1).get("kbPerView").asDouble())
        .isGreaterThan(2 * 60 * 36 / 1e3);
    assertThat(figures.get("machine").get("java").asText())
        .startsWith(Runtime.version().toString());
    assertThat(figures.get("machine").get("processors").asInt()).isPositive();
  }

  @Test
  void peersThatCannotRunAreLeftOut() throws Exception {
    Path script = Files.writeString(dir.resolve("peers.py"), "raise SystemExit(1)\n");

    CommandRun run = replay(archive(), "--peers", script.toString(), "--python", "no-such-python");

    assertThat(run.exitCode()).as(run.err()).isZero();
    assertThat(new JsonMapper().readTree(run.out()).has("peers")).isFalse();
  }

  @Test
  void theTableHasALineAStore() throws Exception {
    CommandRun run = replay(archive(), "--encoding", "int8", "--format", "table");

    assertThat(run.exitCode()).as(run.err()).isZero();
    assertThat(run.out())
        .contains("replay store int8/vertical-delta/zstd")
        .contains("resident MiB after each epoch")
        .contains("; Java " + Runtime.version());
  }

  @Test
  void anUnknownEncodingIsAMistake() throws Exception {
    CommandRun run = replay(archive(), "--encoding", "int4");

    assertThat(run.exitCode()).isEqualTo(2);
    assertThat(run.err()).contains("encoding 'int4'");
  }

  private CommandRun replay(Path file, String... more) {
    List<String> arguments =
        new ArrayList<>(
            List.of("bench", "replay", "--tensors", file.toString(), "--levels", "8x6,4x3"));
    arguments.addAll(
        List.of("--views", "5", "--batch-size", "2", "--epochs", "2", "--rounds", "1"));
    arguments.addAll(List.of("--passes", "1", "--dir", dir.toString()));
    arguments.addAll(List.of(more));
    return CommandRun.of(arguments.toArray(String[]::new));
  }

  private Path archive() throws IOException {
    Path file = dir.resolve("tensors.npz");
    try (NDManager manager = NDManager.newBaseManager();
        OutputStream out = Files.newOutputStream(file)) {
      NDList arrays = new NDList();
      for (String name : List.of("tc", "tr", "tf")) {
        Shape shape = new Shape(2, name.equals("tc") ? 20 : 8, 60);
        NDArray array = manager.arange(0f, 60f, 1f).broadcast(shape).duplicate();
        array.setName(name);
        arrays.add(array);
      }
      arrays.encode(out, NDList.Encoding.NPZ);
    }
    return file;
  }
}
