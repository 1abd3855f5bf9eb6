package dev.lectern.demo.teacher;

import ai.djl.ndarray.NDManager;
import dev.lectern.broker.EmbeddedBroker;
import dev.lectern.demo.DemoSettings;
import dev.lectern.demo.draw.DrawnDataset;
import dev.lectern.demo.draw.ShapeClass;
import dev.lectern.detector.Detector;
import dev.lectern.detector.DetectorSpec;
import dev.lectern.detector.export.StudentExport;
import dev.lectern.detector.network.Detectors;
import dev.lectern.detector.weights.Weights;
import dev.lectern.experiment.Roles;
import dev.lectern.experiment.process.ChildProcesses;
import dev.lectern.schemas.config.ConfigLoader;
import dev.lectern.schemas.config.UserMistakeException;
import dev.lectern.schemas.progress.Progress;
import dev.lectern.trainer.eval.CocoMetrics;
import dev.lectern.trainer.train.TrainConfig;
import dev.lectern.trainer.train.TrainingRun;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/**
 * Makes the demo's teacher: draws pictures, publishes them to a broker of its own, trains on their
 * annotations alone, each picture seen once, and writes the network as ONNX with its descriptor.
 *
 * @param folder of the run, and of {@code demo-teacher.onnx} and {@code demo-teacher.yaml}
 * @param pictures to draw and learn from
 * @param seed start values
 * @param mainClass of the {@code lectern} command line, which publishes
 */
public record TeacherTraining(Path folder, int pictures, long seed, String mainClass) {
  /** Pictures that the committed teacher learned from. */
  public static final int PICTURES = 51_200;

  /** Name of the teacher, and of its files. */
  public static final String NAME = "demo-teacher";

  private static final int BATCH = 16;
  private static final int CHECKPOINT_STEPS = 200;
  private static final int VALIDATION = 200;
  private static final int TEACHER_BATCH = 8;
  private static final Duration TIMEOUT = Duration.ofSeconds(10);

  /** Refuses fewer pictures than one step needs. */
  public TeacherTraining {
    if (pictures < BATCH) {
      throw new UserMistakeException(
          "pictures: found " + pictures + ", expected at least " + BATCH);
    }
  }

  /**
   * What was made.
   *
   * @param model the ONNX file; the descriptor lies beside it
   * @param metrics on validation pictures
   */
  public record Result(Path model, CocoMetrics metrics) {}

  /**
   * Trains, or goes on where an earlier call in the same folder was stopped.
   *
   * @throws InterruptedException if this thread is interrupted
   */
  public Result run(Progress.Factory progress) throws IOException, InterruptedException {
    try (EmbeddedBroker broker = EmbeddedBroker.start(folder.resolve("broker"))) {
      String servers = broker.bootstrapServers();
      publish(servers, progress);
      DetectorSpec spec = DemoSettings.teacher();
      TrainingRun.Result trained =
          new TrainingRun(
                  config(spec, servers),
                  TrainingRun.Start.RESUME,
                  new SimpleMeterRegistry(),
                  progress,
                  List.of())
              .run();
      StudentExport export =
          new StudentExport(
              NAME, DemoSettings.SIDE, DemoSettings.SIDE, ShapeClass.names(), TEACHER_BATCH);
      try (NDManager manager = NDManager.newBaseManager("PyTorch");
          Detector network = Detectors.create(spec, manager, seed)) {
        Weights.load(trained.student(), network.parameters());
        return new Result(export.write(network, folder), trained.evaluation().measured().metrics());
      }
    }
  }

  private String dataset() {
    return "drawn-" + pictures;
  }

  private void publish(String servers, Progress.Factory progress)
      throws IOException, InterruptedException {
    Path train = draw("train", DemoSettings.teacherTrain(pictures), progress);
    Path validation = draw("val", DemoSettings.validation(VALIDATION), progress);
    String settings =
        ConfigLoader.toYaml(
            Map.of(
                "name",
                dataset(),
                "format",
                "coco",
                "sources",
                List.of(source("train", train), source("val", validation)),
                "size",
                DemoSettings.SIDE + "x" + DemoSettings.SIDE,
                "resize",
                "stretch",
                "views-per-image",
                1));
    Path config = Files.writeString(folder.resolve("publish.yaml"), settings);
    try (ChildProcesses children = new ChildProcesses(mainClass, folder.resolve("logs"), TIMEOUT)) {
      new Roles(
              children,
              progress,
              Map.of("bootstrap.servers", servers),
              List.of("--bootstrap-servers", servers),
              () -> {})
          .publish("publish", config);
    }
  }

  /** Annotations of drawn pictures; what an earlier call drew stays. */
  private Path draw(String split, DrawnDataset drawn, Progress.Factory progress)
      throws IOException {
    Path annotations = folder.resolve("pictures").resolve(split + "-" + drawn.count() + ".json");
    if (!Files.exists(annotations)) {
      try (Progress shown = progress.start("draw " + split, "pictures", drawn.count())) {
        drawn.write(folder.resolve("pictures").resolve("images"), annotations);
        shown.advance(drawn.count());
      }
    }
    return annotations;
  }

  private static Map<String, String> source(String split, Path annotations) {
    return Map.of(
        "split", split,
        "annotations", annotations.toAbsolutePath().toString(),
        "images", annotations.resolveSibling("images").toAbsolutePath().toString());
  }

  private TrainConfig config(DetectorSpec spec, String servers) {
    return TrainConfig.of(
        spec,
        List.of(
            "bootstrap-servers=" + servers,
            "dataset=" + dataset(),
            ConfigLoader.setting("out", folder),
            "seed=" + seed,
            "epochs=1",
            "batch-size=" + BATCH,
            "optimizer={name: adamw, learning-rate: 0.002, weight-decay: 0.01}",
            "schedule={name: cosine, warmup-factor: 0.01}",
            "gradient-clip=10",
            "replay.store=none",
            "checkpoint={every-steps: " + CHECKPOINT_STEPS + ", keep: 1}"));
  }
}
