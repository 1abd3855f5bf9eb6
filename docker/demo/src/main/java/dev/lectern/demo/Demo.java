package dev.lectern.demo;

import ai.djl.ndarray.NDManager;
import dev.lectern.broker.EmbeddedBroker;
import dev.lectern.demo.draw.DrawnDataset;
import dev.lectern.demo.figures.RecordingFigures;
import dev.lectern.demo.figures.Validation;
import dev.lectern.demo.teacher.TeacherTraining;
import dev.lectern.detector.Detector;
import dev.lectern.detector.DetectorSpec;
import dev.lectern.detector.network.Detectors;
import dev.lectern.detector.weights.Weights;
import dev.lectern.experiment.Roles;
import dev.lectern.experiment.Training;
import dev.lectern.experiment.TrainingHistory;
import dev.lectern.experiment.process.ChildProcesses;
import dev.lectern.schemas.progress.Progress;
import dev.lectern.schemas.record.RecordingManifest;
import dev.lectern.schemas.record.TensorKind;
import dev.lectern.trainer.eval.CocoMetrics;
import dev.lectern.trainer.replay.PhotometricNoise;
import dev.lectern.trainer.replay.RecordingSet;
import dev.lectern.trainer.replay.ReplayConfig;
import dev.lectern.trainer.replay.StoredReplay;
import dev.lectern.trainer.replay.StudentView;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The whole path of Lectern on one machine: draws a dataset, starts a broker in this process and
 * the roles as child processes, records the teacher, trains students without and with distillation,
 * and reports.
 *
 * <p>Single use. {@link #stop} may be called from any thread.
 */
public final class Demo implements AutoCloseable {
  /** Name of the dataset. */
  public static final String DATASET = "demo";

  /** Name of the recording. */
  public static final String RECORDING = "demo-teacher";

  private static final int READ_BATCH = 32;
  private static final Duration TIMEOUT = Duration.ofSeconds(10);

  private final DemoPlan plan;
  private final Progress.Factory progress;
  private final WorkDir work;
  private final RoleFiles files;
  private final ChildProcesses children;
  private volatile boolean stopping;

  /**
   * @param mainClass of the {@code lectern} command line, which the child processes run
   */
  public Demo(DemoPlan plan, String mainClass, Progress.Factory progress) throws IOException {
    this.plan = plan;
    this.progress = progress;
    this.work = WorkDir.prepare(plan.workDir());
    this.files = new RoleFiles(plan);
    this.children = new ChildProcesses(mainClass, work.resolve("logs"), TIMEOUT);
  }

  /**
   * Runs to the end.
   *
   * @throws dev.lectern.experiment.process.ChildFailedException if a role fails
   */
  public DemoResult run() throws IOException, InterruptedException {
    long start = System.nanoTime();
    Path images = draw();
    try (EmbeddedBroker broker = EmbeddedBroker.start(work.resolve("broker"))) {
      try {
        return run(broker.bootstrapServers(), images, start);
      } finally {
        children.close();
      }
    }
  }

  private DemoResult run(String servers, Path images, long start)
      throws IOException, InterruptedException {
    Map<String, Object> kafka = Map.of("bootstrap.servers", servers);
    publish(servers, images);
    RecordingManifest manifest = record(servers);
    RecordingFigures recording = RecordingFigures.read(kafka, manifest);
    List<Run> runs = train(servers);
    Validation validation = validate(kafka, runs);
    CocoMetrics teacher = validation.metrics().get(Validation.TEACHER);
    Path report = work.resolve("report.html");
    DemoResult result =
        new DemoResult(
            plan, teacher.ap(), recording, runs, (System.nanoTime() - start) * 1e-9, report);
    DemoReport.of(result, validation, classNames(manifest), images).write(report);
    return result;
  }

  private static List<String> classNames(RecordingManifest manifest) {
    return manifest.getDescriptor().getClassNames();
  }

  private Path draw() throws IOException {
    Path pictures = work.resolve("pictures");
    Path images = pictures.resolve("images");
    try (Progress shown =
        progress.start("draw", "pictures", (long) plan.trainPictures() + plan.valPictures())) {
      draw(DemoSettings.train(plan.trainPictures()), images, "train", shown);
      draw(DemoSettings.validation(plan.valPictures()), images, "val", shown);
    }
    return images;
  }

  private void draw(DrawnDataset dataset, Path images, String split, Progress shown)
      throws IOException {
    dataset.write(images, images.resolveSibling(split + ".json"));
    shown.advance(dataset.count());
  }

  private void publish(String servers, Path images) throws IOException, InterruptedException {
    Path config =
        files.publish(
            images.resolveSibling("train.json"), images.resolveSibling("val.json"), images);
    roles(servers).publish("publish", config);
  }

  private Roles roles(String servers) {
    return new Roles(
        children,
        progress,
        Map.of("bootstrap.servers", servers),
        List.of("--bootstrap-servers", servers),
        () -> {});
  }

  private RecordingManifest record(String servers) throws IOException, InterruptedException {
    Path teacher = work.resolve("teacher");
    unpack(TeacherTraining.NAME + ".onnx", teacher);
    unpack(TeacherTraining.NAME + ".yaml", teacher);
    return roles(servers).record(RECORDING, teach(teacher), plan.workers(), work.resolve("ledger"));
  }

  private static List<String> teach(Path teacher) {
    return List.of(
        "--dataset",
        DATASET,
        "--recording",
        RECORDING,
        "--teacher",
        teacher.resolve(TeacherTraining.NAME + ".yaml").toString(),
        "--model",
        teacher.resolve(TeacherTraining.NAME + ".onnx").toString(),
        "--threads",
        "1");
  }

  private static void unpack(String name, Path folder) throws IOException {
    Files.createDirectories(folder);
    try (InputStream in = Demo.class.getResourceAsStream("/demo/" + name)) {
      if (in == null) {
        throw new IllegalStateException("this build lacks the demo's " + name);
      }
      Files.copy(in, folder.resolve(name), StandardCopyOption.REPLACE_EXISTING);
    }
  }

  /** Trains the pairs of students one seed after the other, both of a pair at once. */
  private List<Run> train(String servers) throws IOException, InterruptedException {
    List<Training> trainings = new ArrayList<>();
    for (int seed = 1; seed <= plan.seeds(); seed++) {
      for (Variant variant : Variant.values()) {
        String name = RoleFiles.runName(variant, seed);
        Path folder = work.resolve("runs").resolve(name);
        Path config = files.train(variant, seed, servers, folder);
        trainings.add(new Training(name, config, folder, plan.epochs()));
      }
    }
    roles(servers).train("train students", trainings, Variant.values().length);
    List<Run> runs = new ArrayList<>();
    for (int seed = 1; seed <= plan.seeds(); seed++) {
      for (Variant variant : Variant.values()) {
        Training training = trainings.get(runs.size());
        runs.add(
            new Run(variant, seed, TrainingHistory.read(training.metrics()), training.student()));
      }
    }
    return runs;
  }

  /** What teacher and the students of the first seed see on the validation pictures. */
  private Validation validate(Map<String, Object> kafka, List<Run> runs)
      throws IOException, InterruptedException {
    DetectorSpec spec = DemoSettings.student();
    StudentView wanted =
        new StudentView(
            spec.input().normalization(),
            PhotometricNoise.NONE,
            Map.of(RECORDING, Set.of(TensorKind.CLASS_SCORES, TensorKind.BOX_LOGITS)),
            "val",
            0,
            READ_BATCH);
    ReplayConfig fromLog = ReplayConfig.withoutStore();
    try (NDManager manager = NDManager.newBaseManager("PyTorch");
        StoredReplay replay =
            StoredReplay.open(
                kafka,
                RecordingSet.open(kafka, List.of(RECORDING)),
                fromLog,
                plan.workDir(),
                wanted,
                progress)) {
      Map<String, Detector> students = new LinkedHashMap<>();
      for (Run run : runs) {
        if (run.seed() == 1) {
          Detector student = Detectors.create(spec, manager, run.seed());
          Weights.load(run.student(), student.parameters());
          students.put(run.variant().label(), student);
        }
      }
      return Validation.of(replay, students);
    }
  }

  /** Deletes everything but the report, the settings, the logs, the metrics and the students. */
  public void deleteBulk() throws IOException {
    work.deleteBulk();
  }

  /** Whether {@link #stop} was called. */
  public boolean isStopping() {
    return stopping;
  }

  /** Ends the child processes; a running {@link #run} then fails soon. */
  public void stop() {
    stopping = true;
    children.close();
  }

  @Override
  public void close() {
    children.close();
  }
}
