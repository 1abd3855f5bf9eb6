package dev.lectern.trainer.replay;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lectern.broker.EmbeddedBroker;
import dev.lectern.schemas.config.ConfigLoader;
import dev.lectern.schemas.progress.Progress;
import dev.lectern.schemas.record.ChannelOrder;
import dev.lectern.schemas.record.TensorKind;
import dev.lectern.schemas.view.InputNormalization;
import dev.lectern.trainer.testing.SyntheticRecording;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A process with a heap of 256 MB replays views whose dense features take 20 MB each. */
class SmallHeapIT {
  /** 62,500 channels on 80 cells. */
  private static final int CHANNELS = 62_500;

  @TempDir Path folder;

  /** Reads two epochs; arguments: brokers, store, how it is filled, folder. */
  static final class Reader {
    private Reader() {}

    public static void main(String[] arguments) throws InterruptedException {
      Map<String, Object> kafka = Map.of("bootstrap.servers", arguments[0]);
      String recording = SyntheticRecording.RECORDING;
      StudentView student =
          new StudentView(
              new InputNormalization(ChannelOrder.BGR, new float[3], new float[] {1, 1, 1}),
              PhotometricNoise.NONE,
              Map.of(recording, Set.of(TensorKind.FPN_FEATURES)),
              "train",
              3,
              2);
      ReplayConfig config =
          ConfigLoader.of(
              "{store: %s, segment-bytes: %d, fill: %s}"
                  .formatted(arguments[1], 64 << 20, arguments[2]),
              ReplayConfig.class);
      int views = 0;
      try (StoredReplay replay =
          StoredReplay.open(
              kafka,
              RecordingSet.open(kafka, List.of(recording)),
              config,
              Path.of(arguments[3]),
              student,
              Progress.silentFactory())) {
        for (int epoch = 0; epoch < 2; epoch++) {
          try (Batches batches = replay.batches(replay.plan(epoch), 0)) {
            for (ReplayBatch batch = batches.next(); batch != null; batch = batches.next()) {
              views += batch.size();
              batch.close();
            }
          }
        }
      }
      System.out.println("read " + views + " views");
    }
  }

  @Test
  void denseViewsOfTwentyMegabytesFitIntoASmallHeap() throws Exception {
    try (EmbeddedBroker broker = EmbeddedBroker.start(folder.resolve("broker"));
        SyntheticRecording recording = new SyntheticRecording(broker.bootstrapServers())) {
      // Given
      recording.widen(CHANNELS);
      recording.record(0, 5, "train");
      recording.seal();

      // Then
      for (List<String> how :
          List.of(
              List.of("none", "BACKGROUND"),
              List.of("filled", "BEFORE"),
              List.of("filling", "BACKGROUND"))) {
        assertThat(read(broker.bootstrapServers(), how)).contains("read 10 views");
      }
    }
  }

  private String read(String brokers, List<String> how) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>();
    command.add(ProcessHandle.current().info().command().orElse("java"));
    command.addAll(List.of("-Xmx256m", "-XX:+ExitOnOutOfMemoryError", Reader.class.getName()));
    command.add(brokers);
    command.addAll(how);
    command.add(folder.toString());
    Path log = folder.resolve("reader.log");
    ProcessBuilder builder =
        new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log.toFile());
    builder
        .environment()
        .put(
            "CLASSPATH",
            System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")));
    Process process = builder.start();
    try {
      process.waitFor(120, TimeUnit.SECONDS);
    } finally {
      process.destroyForcibly();
    }
    return Files.readString(log);
  }
}
