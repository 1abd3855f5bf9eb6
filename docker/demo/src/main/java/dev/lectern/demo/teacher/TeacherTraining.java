package dev.lectern.demo.teacher;

import ai.djl.ndarray.NDManager;
import dev.lectern.demo.DemoSettings;
import dev.lectern.demo.draw.ShapeClass;
import dev.lectern.detector.Detector;
import dev.lectern.detector.DetectorSpec;
import dev.lectern.detector.export.StudentExport;
import dev.lectern.detector.network.Detectors;
import dev.lectern.detector.weights.Weights;
import dev.lectern.schemas.config.ConfigLoader;
import dev.lectern.schemas.config.UserMistakeException;
import dev.lectern.schemas.progress.Progress;
import dev.lectern.schemas.record.TeacherDescriptor;
import dev.lectern.trainer.eval.CocoMetrics;
import dev.lectern.trainer.train.TrainConfig;
import dev.lectern.trainer.train.TrainingRun;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/**
 * Makes the demo's teacher: trains it on freshly drawn pictures, each seen once, and writes it as
 * ONNX with its descriptor.
 *
 * @param folder of the run, and of {@code demo-teacher.onnx} and {@code demo-teacher.yaml}
 * @param pictures to draw and learn from
 * @param seed start values
 */
public record TeacherTraining(Path folder, int pictures, long seed) {
  /** Pictures that the committed teacher learned from. */
  public static final int PICTURES = 51_200;

  /** Name of the teacher, and of its files. */
  public static final String NAME = "demo-teacher";

  private static final int BATCH = 16;
  private static final int EPOCHS = 16;
  private static final int VALIDATION = 200;
  private static final int TEACHER_BATCH = 8;

  /** Refuses fewer pictures than one step per epoch needs. */
  public TeacherTraining {
    if (pictures < EPOCHS * BATCH) {
      throw new UserMistakeException(
          "pictures: found " + pictures + ", expected at least " + EPOCHS * BATCH);
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
    DetectorSpec spec = DemoSettings.teacher();
    StudentExport export =
        new StudentExport(
            NAME, DemoSettings.SIDE, DemoSettings.SIDE, ShapeClass.names(), TEACHER_BATCH);
    try (NDManager manager = NDManager.newBaseManager("PyTorch");
        Detector network = Detectors.create(spec, manager, seed);
        DrawnReplay replay = replay(spec, export.descriptor(network))) {
      TrainingRun run =
          new TrainingRun(
              config(spec),
              TrainingRun.Start.RESUME,
              new SimpleMeterRegistry(),
              progress,
              List.of());
      TrainingRun.Result result = run.run(replay);
      Weights.load(result.student(), network.parameters());
      return new Result(export.write(network, folder), result.evaluation().measured().metrics());
    }
  }

  private DrawnReplay replay(DetectorSpec spec, TeacherDescriptor descriptor) {
    return new DrawnReplay(
        DemoSettings.teacherTrain(pictures),
        DemoSettings.validation(VALIDATION),
        spec.input(),
        BATCH,
        EPOCHS,
        descriptor);
  }

  private TrainConfig config(DetectorSpec spec) {
    return TrainConfig.of(
        spec,
        List.of(
            "recording=drawn",
            ConfigLoader.setting("out", folder),
            "seed=" + seed,
            "epochs=" + EPOCHS,
            "batch-size=" + BATCH,
            "optimizer={name: adamw, learning-rate: 0.002, weight-decay: 0.01}",
            "schedule={name: cosine, warmup-factor: 0.01, warmup-steps: 200}",
            "gradient-clip=10",
            "checkpoint.keep=1",
            "evaluation.every-epochs=4"));
  }
}
