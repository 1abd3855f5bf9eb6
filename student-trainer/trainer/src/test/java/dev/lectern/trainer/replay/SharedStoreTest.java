package dev.lectern.trainer.replay;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lectern.schemas.record.TensorKind;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Several processes with one store; one of them is killed. */
class SharedStoreTest {
  private static final StoreSize SIZE = StoreSize.unlimited(1 << 20);
  private static final int PAYLOAD = 50_000;

  @TempDir private Path folder;

  /** Appends one record after the other until it is killed, and says which it has kept. */
  static final class Writer {
    private Writer() {}

    public static void main(String[] arguments) throws InterruptedException {
      try (ReplayStore store = ReplayStore.open(Path.of(arguments[0]), SIZE)) {
        System.out.println(store.isWriter() ? "writer" : "reader");
        for (int i = 0; i < Integer.parseInt(arguments[1]); i++) {
          store.append("view" + i, new Part(TensorKind.FPN_FEATURES), fingerprint(i), payload(i));
          System.out.println(i);
        }
        while (true) {
          Thread.sleep(1000);
        }
      }
    }
  }

  @Test
  void aSecondRunStartsThoughTheIndexIsGone() throws Exception {
    Process writer = start(1);
    try {
      assertThat(said(0)).isEqualTo("writer");
      assertThat(said(1)).isEqualTo("0");
      Folders.delete(folder.resolve("store/index"));

      try (ReplayStore store = ReplayStore.open(folder.resolve("store"), SIZE)) {
        assertThat(read(store, 0)).isNull();
        assertThat(store.append("mine", Part.VIEW, fingerprint(-1), payload(1))).isFalse();
      }
    } finally {
      writer.destroyForcibly().waitFor();
    }
  }

  @Test
  void whatOneProcessWritesAnotherReadsWhileItGrows() throws Exception {
    // Given a process that writes
    Process writer = start(60);
    try {
      assertThat(said(0)).isEqualTo("writer");

      // When this one opens the same store
      try (ReplayStore store = ReplayStore.open(folder.resolve("store"), SIZE)) {
        assertThat(store.isWriter()).isFalse();
        assertThat(store.append("mine", Part.VIEW, fingerprint(-1), payload(1))).isFalse();

        // Then it sees everything that the writer has said to be kept
        for (int i = 0; i < 60; i++) {
          assertThat(said(i + 1)).isEqualTo(String.valueOf(i));
          store.catchUp();
          assertThat(read(store, i)).as("record %d", i).isEqualTo(payload(i));
        }

        // And when the writer is gone, this one writes
        writer.destroyForcibly().waitFor();
        store.catchUp();
        assertThat(store.isWriter()).isTrue();
        assertThat(store.append("mine", Part.VIEW, fingerprint(-1), payload(1))).isTrue();
        assertThat(store.read("mine", Part.VIEW, fingerprint(-1))).isEqualTo(payload(1));
        assertThat(read(store, 59)).isEqualTo(payload(59));
      }
    } finally {
      writer.destroyForcibly();
    }
  }

  @Test
  void whatWasKeptSurvivesAKillAtAnyMoment() throws Exception {
    int kept = 0;
    for (int round = 0; round < 3; round++) {
      // Given a process that is killed in the middle of writing
      Process writer = start(100_000);
      try {
        said(kept + 20 + 7 * round);
      } finally {
        writer.destroyForcibly().waitFor();
      }
      kept = lines().size() - 1;

      // Then everything it said to be kept is there
      try (ReplayStore store = ReplayStore.open(folder.resolve("store"), SIZE)) {
        for (int i = 0; i < kept; i++) {
          assertThat(read(store, i)).as("record %d of %d", i, kept).isEqualTo(payload(i));
        }
      }
    }
  }

  @Test
  void oneProcessCanHaveAStoreOpenTwice() {
    try (ReplayStore writer = ReplayStore.open(folder, SIZE)) {
      try (ReplayStore reader = ReplayStore.open(folder, SIZE)) {
        writer.append("view1", new Part(TensorKind.FPN_FEATURES), fingerprint(1), payload(1));
        reader.catchUp();

        assertThat(reader.isWriter()).isFalse();
        assertThat(read(reader, 1)).isEqualTo(payload(1));
      }
      assertThat(
              writer.append("view2", new Part(TensorKind.FPN_FEATURES), fingerprint(2), payload(2)))
          .isTrue();
    }
  }

  private Process start(int records) throws IOException {
    List<String> command = new ArrayList<>();
    command.add(ProcessHandle.current().info().command().orElse("java"));
    command.addAll(List.of("-Xmx128m", Writer.class.getName()));
    command.addAll(List.of(folder.resolve("store").toString(), String.valueOf(records)));
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .redirectError(ProcessBuilder.Redirect.DISCARD)
            .redirectOutput(folder.resolve("said").toFile());
    builder
        .environment()
        .put(
            "CLASSPATH",
            System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")));
    return builder.start();
  }

  /** What the other process has said so far: whole lines. */
  private List<String> lines() throws IOException {
    String text = Files.readString(folder.resolve("said"));
    return text.substring(0, text.lastIndexOf('\n') + 1).lines().toList();
  }

  /** Waits for a line of the other process. */
  private String said(int line) {
    return Awaitility.await("line " + line)
        .atMost(Duration.ofSeconds(60))
        .pollInterval(Duration.ofMillis(5))
        .until(this::lines, lines -> lines.size() > line)
        .get(line);
  }

  private static ByteBuffer read(ReplayStore store, int i) {
    return store.read("view" + i, new Part(TensorKind.FPN_FEATURES), fingerprint(i));
  }

  private static byte[] fingerprint(int seed) {
    byte[] bytes = new byte[32];
    new Random(seed).nextBytes(bytes);
    return bytes;
  }

  private static ByteBuffer payload(int seed) {
    byte[] bytes = new byte[PAYLOAD];
    new Random(1000L + seed).nextBytes(bytes);
    return ByteBuffer.wrap(bytes);
  }
}
