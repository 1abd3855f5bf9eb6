package dev.lectern.bench;

import dev.lectern.broker.EmbeddedBroker;
import dev.lectern.producer.augment.ResizeMode;
import dev.lectern.producer.dataset.DatasetFormat;
import dev.lectern.producer.publish.PublishApp;
import dev.lectern.producer.publish.PublishConfig;
import dev.lectern.schemas.config.ConfigLoader;
import dev.lectern.schemas.descriptor.DescriptorYaml;
import dev.lectern.schemas.progress.Progress;
import dev.lectern.schemas.record.TeacherDescriptor;
import dev.lectern.schemas.view.CanvasSize;
import dev.lectern.teacher.ledger.LedgerApp;
import dev.lectern.teacher.ledger.LedgerConfig;
import dev.lectern.teacher.model.FixedTimeTeacher;
import dev.lectern.teacher.recording.TeachApp;
import dev.lectern.teacher.recording.TeachConfig;
import dev.lectern.teacher.recording.TeacherFactory;
import io.micrometer.core.instrument.MeterRegistry;
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
 * A sealed recording on a broker of its own, written by real producer, worker and ledger: of a real
 * teacher and real images, or of made-up images and random outputs of the sizes of
 * NanoDet-Plus-m-1.5x at 416x416.
 */
final class BenchRecording implements AutoCloseable {
  static final String DATASET = "bench";
  static final String NAME = "bench-recording";
  static final String SPLIT = "train";

  private final EmbeddedBroker broker;
  private final Map<String, Object> kafka;
  private final Path descriptor;
  private final Path model;

  /**
   * @param model null for a stand-in
   */
  private BenchRecording(EmbeddedBroker broker, Path descriptor, Path model) {
    this.broker = broker;
    this.descriptor = descriptor;
    this.model = model;
    this.kafka = Map.of("bootstrap.servers", broker.bootstrapServers());
  }

  /** One of made-up images and random outputs. */
  static BenchRecording standIn(Path folder, int views, Progress.Factory progress)
      throws IOException, InterruptedException {
    return make(folder, views, RealTeacher.NONE, progress);
  }

  /**
   * Makes one and waits until it is sealed.
   *
   * @param folder for broker and ledger; may be thrown away after closing
   * @param views how many made-up images there are, without real ones
   */
  static BenchRecording make(Path folder, int views, RealTeacher real, Progress.Factory progress)
      throws IOException, InterruptedException {
    BenchRecording made = published(folder, views, real, progress);
    try {
      made.record(folder, List.of(), progress);
      return made;
    } catch (InterruptedException | RuntimeException e) {
      made.close();
      throw e;
    }
  }

  /** A dataset on a broker of its own; {@link #record} makes the recording. */
  static BenchRecording published(
      Path folder, int views, RealTeacher real, Progress.Factory progress)
      throws IOException, InterruptedException {
    Path file = real.descriptor();
    if (file == null) {
      file = folder.resolve("fixed-time.yaml");
      DescriptorYaml.write(FixedTimeDescriptor.ofBatch(8), file);
    }
    TeacherDescriptor descriptor = DescriptorYaml.read(file);
    BenchRecording made =
        new BenchRecording(EmbeddedBroker.start(folder.resolve("broker")), file, real.model());
    try {
      publish(folder, views, real, descriptor, made.kafka, progress);
      return made;
    } catch (IOException | InterruptedException | RuntimeException e) {
      made.close();
      throw e;
    }
  }

  /**
   * Publishes the dataset.
   *
   * @param views how many made-up images there are, without real ones
   * @return number of views
   */
  static long publish(
      Path folder,
      int views,
      RealTeacher real,
      TeacherDescriptor descriptor,
      Map<String, Object> kafka,
      Progress.Factory progress)
      throws IOException, InterruptedException {
    Path images = real.images();
    Path annotations = real.annotations();
    int width = descriptor.getInputWidth();
    int height = descriptor.getInputHeight();
    if (annotations == null) {
      images = Files.createDirectories(folder.resolve("images"));
      annotations =
          SyntheticImages.write(images, views, width, height, descriptor.getClassNames(), 0);
    }
    List<String> keys =
        List.of(
            "name=" + DATASET,
            "format=" + DatasetFormat.COCO.label(),
            "split=" + SPLIT,
            ConfigLoader.setting("images", images),
            ConfigLoader.setting("annotations", annotations),
            "size=" + new CanvasSize(width, height),
            "resize=" + ResizeMode.STRETCH.label());
    PublishConfig config = ConfigLoader.bind("", keys, PublishConfig.class, "bench");
    return new PublishApp(config, kafka, progress, new SimpleMeterRegistry()).run().views();
  }

  /** The settings of a worker; a stand-in has no model file. */
  static TeachConfig worker(Path descriptor, Path model, List<String> further) {
    List<String> keys =
        new ArrayList<>(
            List.of(
                "dataset=" + DATASET,
                "recording=" + NAME,
                ConfigLoader.setting("teacher", descriptor),
                ConfigLoader.setting("model", model == null ? descriptor : model)));
    keys.addAll(further);
    return ConfigLoader.bind("", keys, TeachConfig.class, "bench");
  }

  /** A ledger that ends when the recording is sealed. */
  static LedgerApp ledger(
      Path folder, Map<String, Object> kafka, Progress.Factory progress, MeterRegistry meters) {
    return new LedgerApp(
        new LedgerConfig(
            NAME,
            folder.resolve("ledger"),
            LedgerConfig.Lifetime.UNTIL_SEALED,
            LedgerConfig.LocalState.KEEP,
            LedgerConfig.Empty.KEEP_OPEN),
        kafka,
        progress,
        meters);
  }

  /**
   * Records the dataset and waits until the recording is sealed.
   *
   * @param settings of the worker, {@code key=value}
   */
  void record(Path folder, List<String> settings, Progress.Factory progress)
      throws InterruptedException {
    TeachConfig config = worker(descriptor, model, settings);
    TeacherFactory teachers =
        model == null
            ? (c, teacher, kinds) -> new FixedTimeTeacher(teacher, kinds, Duration.ZERO)
            : TeacherFactory.MODEL_FILE;
    TeachApp worker = new TeachApp(config, kafka, progress, new SimpleMeterRegistry(), teachers);
    LedgerApp ledger = ledger(folder, kafka, Progress.silentFactory(), new SimpleMeterRegistry());
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

  /** Client settings that reach it. */
  Map<String, Object> kafka() {
    return kafka;
  }

  @Override
  public void close() {
    broker.close();
  }
}
