package dev.lectern.bench.loss;

import dev.lectern.broker.EmbeddedBroker;
import dev.lectern.producer.augment.CanvasSize;
import dev.lectern.producer.augment.ResizeMode;
import dev.lectern.producer.dataset.DatasetFormat;
import dev.lectern.producer.publish.PublishApp;
import dev.lectern.producer.publish.PublishConfig;
import dev.lectern.schemas.config.ConfigLoader;
import dev.lectern.schemas.descriptor.DescriptorYaml;
import dev.lectern.schemas.progress.Progress;
import dev.lectern.schemas.record.TeacherDescriptor;
import dev.lectern.teacher.ledger.LedgerApp;
import dev.lectern.teacher.ledger.LedgerConfig;
import dev.lectern.teacher.recording.TeachApp;
import dev.lectern.teacher.recording.TeachConfig;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * A recording made in this process: images are published to an embedded broker, a real teacher
 * records them with the default encodings, the ledger seals.
 */
public final class BenchRecording implements AutoCloseable {
  /** Its name. */
  public static final String NAME = "bench-recording";

  /** The split of its views. */
  public static final String SPLIT = "train";

  private static final String DATASET = "bench";

  private final EmbeddedBroker broker;

  private BenchRecording(EmbeddedBroker broker) {
    this.broker = broker;
  }

  /**
   * Makes one.
   *
   * @param folder for broker and ledger; may be thrown away after closing
   * @param teacher descriptor of the teacher
   * @param model its model file
   * @param annotations COCO annotations
   * @param images folder of the images
   */
  public static BenchRecording make(
      Path folder,
      Path teacher,
      Path model,
      Path annotations,
      Path images,
      Progress.Factory progress)
      throws IOException, InterruptedException {
    TeacherDescriptor descriptor = DescriptorYaml.read(teacher);
    BenchRecording made = new BenchRecording(EmbeddedBroker.start(folder.resolve("broker")));
    try {
      made.publish(descriptor, annotations, images, progress);
      made.record(folder, teacher, model, progress);
      return made;
    } catch (IOException | InterruptedException | RuntimeException e) {
      made.close();
      throw e;
    }
  }

  /** Kafka client properties that reach it. */
  public Map<String, Object> kafka() {
    return Map.of("bootstrap.servers", broker.bootstrapServers());
  }

  private void publish(
      TeacherDescriptor descriptor, Path annotations, Path images, Progress.Factory progress)
      throws IOException, InterruptedException {
    List<String> keys =
        List.of(
            "name=" + DATASET,
            "format=" + DatasetFormat.COCO.label(),
            "split=" + SPLIT,
            "images=" + quoted(images),
            "annotations=" + quoted(annotations),
            "size=" + new CanvasSize(descriptor.getInputWidth(), descriptor.getInputHeight()),
            "resize=" + ResizeMode.STRETCH.label());
    PublishConfig config = ConfigLoader.bind("", keys, PublishConfig.class, "bench");
    new PublishApp(config, kafka(), progress, new SimpleMeterRegistry()).run();
  }

  private void record(Path folder, Path teacher, Path model, Progress.Factory progress)
      throws InterruptedException {
    List<String> keys =
        List.of(
            "dataset=" + DATASET,
            "recording=" + NAME,
            "teacher=" + quoted(teacher),
            "model=" + quoted(model));
    TeachConfig config = ConfigLoader.bind("", keys, TeachConfig.class, "bench");
    TeachApp worker = new TeachApp(config, kafka(), progress, new SimpleMeterRegistry());
    LedgerApp ledger =
        new LedgerApp(
            new LedgerConfig(
                NAME, folder.resolve("ledger"), LedgerConfig.Lifetime.UNTIL_SEALED, null, null),
            kafka(),
            Progress.silentFactory(),
            new SimpleMeterRegistry());
    ExecutorService threads = Executors.newFixedThreadPool(2);
    try {
      Future<?> sealing =
          threads.submit(
              () -> {
                ledger.run();
                return null;
              });
      Future<?> teaching =
          threads.submit(
              () -> {
                worker.run();
                return null;
              });
      while (!sealing.isDone() && !teaching.isDone()) {
        Thread.sleep(50);
      }
      if (teaching.isDone()) {
        teaching.get();
      }
      sealing.get();
      worker.stop();
      teaching.get();
    } catch (ExecutionException e) {
      throw new IllegalStateException("the recording could not be made", e.getCause());
    } finally {
      worker.stop();
      ledger.stop();
      threads.shutdown();
    }
  }

  private static String quoted(Path path) {
    return '"' + path.toString().replace("\\", "\\\\") + '"';
  }

  @Override
  public void close() {
    broker.close();
  }
}
