package dev.lectern.bench;

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
import dev.lectern.teacher.model.FixedTimeTeacher;
import dev.lectern.teacher.recording.TeachApp;
import dev.lectern.teacher.recording.TeachConfig;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * A sealed recording on a broker of its own: made-up images, and random outputs of the sizes of
 * NanoDet-Plus-m-1.5x at 416x416, written by real producer, worker and ledger.
 */
final class StandInRecording implements AutoCloseable {
  static final String DATASET = "bench";
  static final String NAME = "bench-recording";

  private final EmbeddedBroker broker;
  private final Map<String, Object> kafka;

  private StandInRecording(EmbeddedBroker broker) {
    this.broker = broker;
    this.kafka = Map.of("bootstrap.servers", broker.bootstrapServers());
  }

  /**
   * Makes one and waits until it is sealed.
   *
   * @param worker further settings of the worker, {@code key=value}
   */
  static StandInRecording make(
      Path folder, int views, List<String> worker, Progress.Factory progress)
      throws IOException, InterruptedException {
    StandInRecording made = new StandInRecording(EmbeddedBroker.start(folder.resolve("broker")));
    try {
      TeacherDescriptor descriptor = FixedTimeDescriptor.ofBatch(8);
      publish(folder, views, null, null, descriptor, made.kafka, progress);
      made.record(folder, descriptor, worker, progress);
      return made;
    } catch (IOException | InterruptedException | RuntimeException e) {
      made.close();
      throw e;
    }
  }

  /**
   * Publishes the dataset.
   *
   * @param annotations COCO annotations of real images; null for made-up images
   * @param images folder of the real images
   * @return number of views
   */
  static long publish(
      Path folder,
      int views,
      Path annotations,
      Path images,
      TeacherDescriptor descriptor,
      Map<String, Object> kafka,
      Progress.Factory progress)
      throws IOException, InterruptedException {
    Path pictures = images;
    Path truth = annotations;
    int width = descriptor.getInputWidth();
    int height = descriptor.getInputHeight();
    if (truth == null) {
      pictures = Files.createDirectories(folder.resolve("images"));
      truth = SyntheticImages.write(pictures, views, width, height, descriptor.getClassNames(), 0);
    }
    List<String> keys =
        List.of(
            "name=" + DATASET,
            "format=" + DatasetFormat.COCO.label(),
            "images=" + quoted(pictures),
            "annotations=" + quoted(truth),
            "size=" + new CanvasSize(width, height),
            "resize=" + ResizeMode.STRETCH.label());
    PublishConfig config = ConfigLoader.bind("", keys, PublishConfig.class, "bench");
    return new PublishApp(config, kafka, progress, new SimpleMeterRegistry()).run().views();
  }

  static String quoted(Path path) {
    return '"' + path.toString().replace("\\", "\\\\") + '"';
  }

  private void record(
      Path folder, TeacherDescriptor descriptor, List<String> worker, Progress.Factory progress)
      throws IOException, InterruptedException {
    Path file = folder.resolve("fixed-time.yaml");
    DescriptorYaml.write(descriptor, file);
    List<String> keys =
        new ArrayList<>(
            List.of(
                "dataset=" + DATASET,
                "recording=" + NAME,
                "teacher=" + quoted(file),
                "model=" + quoted(file),
                "until-sealed=true"));
    keys.addAll(worker);
    TeachConfig config = ConfigLoader.bind("", keys, TeachConfig.class, "bench");
    TeachApp teacher =
        new TeachApp(
            config,
            kafka,
            progress,
            new SimpleMeterRegistry(),
            (c, d, kinds) -> new FixedTimeTeacher(d, kinds, Duration.ZERO));
    LedgerApp ledger =
        new LedgerApp(
            new LedgerConfig(
                NAME, folder.resolve("ledger"), LedgerConfig.Lifetime.UNTIL_SEALED, null, null),
            kafka,
            Progress.silentFactory(),
            new SimpleMeterRegistry());
    ExecutorService thread = Executors.newSingleThreadExecutor();
    try {
      Future<?> keeping =
          thread.submit(
              () -> {
                ledger.run();
                return null;
              });
      teacher.run();
      keeping.get();
    } catch (ExecutionException e) {
      throw new IllegalStateException("the ledger failed", e.getCause());
    } finally {
      ledger.stop();
      thread.shutdown();
    }
  }

  /** Client settings. */
  Map<String, Object> kafka() {
    return kafka;
  }

  @Override
  public void close() {
    broker.close();
  }
}
