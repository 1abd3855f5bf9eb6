package dev.lectern.demo;

import ai.djl.ndarray.NDManager;
import dev.lectern.broker.EmbeddedBroker;
import dev.lectern.demo.draw.DrawnDataset;
import dev.lectern.demo.figures.RecordingFigures;
import dev.lectern.demo.figures.TrainingHistory;
import dev.lectern.demo.figures.Validation;
import dev.lectern.demo.process.ChildProcess;
import dev.lectern.demo.process.ChildProcesses;
import dev.lectern.demo.teacher.TeacherTraining;
import dev.lectern.detector.Detector;
import dev.lectern.detector.DetectorSpec;
import dev.lectern.detector.network.Detectors;
import dev.lectern.detector.weights.Weights;
import dev.lectern.schemas.log.ManifestStore;
import dev.lectern.schemas.progress.Progress;
import dev.lectern.schemas.record.RecordingManifest;
import dev.lectern.schemas.record.State;
import dev.lectern.schemas.record.TensorKind;
import dev.lectern.trainer.eval.CocoMetrics;
import dev.lectern.trainer.replay.KafkaReplay;
import dev.lectern.trainer.replay.PhotometricNoise;
import dev.lectern.trainer.replay.RecordingSet;
import dev.lectern.trainer.replay.ReplayConfig;
import dev.lectern.trainer.replay.StudentView;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
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
    this.children = new ChildProcesses(mainClass, work.resolve("logs"));
  }

  /**
   * Runs to the end.
   *
   * @throws dev.lectern.demo.process.ChildFailedException if a role fails
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
    RecordingManifest manifest = record(servers, kafka);
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
    long views = (long) plan.trainPictures() * plan.viewsPerImage() + plan.valPictures();
    try (Progress shown = progress.start("publish", "views", views)) {
      ChildProcess publisher =
          children.start(
              "publish",
              List.of("publish", "--config", config.toString(), "--bootstrap-servers", servers));
      children.await(List.of(publisher), () -> {});
      shown.advance(views);
    }
  }

  private RecordingManifest record(String servers, Map<String, Object> kafka)
      throws IOException, InterruptedException {
    Path teacher = work.resolve("teacher");
    unpack(TeacherTraining.NAME + ".onnx", teacher);
    unpack(TeacherTraining.NAME + ".yaml", teacher);
    List<ChildProcess> fleet = new ArrayList<>();
    fleet.add(
        children.start(
            "ledger",
            List.of(
                "ledger",
                "--recording",
                RECORDING,
                "--bootstrap-servers",
                servers,
                "--state-dir",
                work.resolve("ledger").toString(),
                "--until-sealed")));
    for (int i = 1; i <= plan.workers(); i++) {
      fleet.add(children.start("teacher-" + i, teach(servers, teacher, "teacher-" + i)));
    }
    try (ManifestStore manifests = new ManifestStore(kafka);
        Progress shown = progress.start("record", "views", -1)) {
      long[] seen = new long[1];
      children.await(fleet, () -> show(manifests, shown, seen));
      show(manifests, shown, seen);
      RecordingManifest manifest = manifests.requireRecording(RECORDING);
      if (manifest.getState() != State.SEALED) {
        throw new IllegalStateException("the recording is not sealed though its ledger has ended");
      }
      return manifest;
    }
  }

  private static List<String> teach(String servers, Path teacher, String worker) {
    return List.of(
        "teach",
        "--bootstrap-servers",
        servers,
        "--dataset",
        DATASET,
        "--recording",
        RECORDING,
        "--teacher",
        teacher.resolve(TeacherTraining.NAME + ".yaml").toString(),
        "--model",
        teacher.resolve(TeacherTraining.NAME + ".onnx").toString(),
        "--threads",
        "1",
        "--worker",
        worker,
        "--until-sealed");
  }

  private static void show(ManifestStore manifests, Progress shown, long[] seen) {
    manifests
        .recording(RECORDING)
        .ifPresent(
            manifest -> {
              shown.total(manifest.getExpected());
              shown.advance(manifest.getRecorded() - seen[0]);
              seen[0] = manifest.getRecorded();
            });
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
    List<Run> runs = new ArrayList<>();
    for (int seed = 1; seed <= plan.seeds(); seed++) {
      Map<Variant, Path> folders = new LinkedHashMap<>();
      List<ChildProcess> trainings = new ArrayList<>();
      for (Variant variant : Variant.values()) {
        String name = RoleFiles.runName(variant, seed);
        Path folder = work.resolve("runs").resolve(name);
        folders.put(variant, folder);
        Path config = files.train(variant, seed, servers, folder);
        trainings.add(
            children.start("train-" + name, List.of("train", "--config", config.toString())));
      }
      await(trainings, List.copyOf(folders.values()), seed);
      for (Map.Entry<Variant, Path> entry : folders.entrySet()) {
        Path folder = entry.getValue();
        runs.add(
            new Run(
                entry.getKey(),
                seed,
                TrainingHistory.read(folder.resolve("metrics.jsonl")),
                folder.resolve("student.safetensors")));
      }
    }
    return runs;
  }

  private void await(List<ChildProcess> trainings, List<Path> folders, int seed)
      throws InterruptedException {
    long steps = 2L * plan.epochs() * RoleFiles.stepsPerEpoch(plan.trainPictures());
    String task = plan.seeds() == 1 ? "train both" : "train both, seed " + seed;
    try (Progress shown = progress.start(task, "steps", steps)) {
      long[] seen = new long[1];
      Runnable look =
          () -> {
            long done = folders.stream().mapToLong(Demo::stepsDone).sum();
            shown.advance(done - seen[0]);
            seen[0] = done;
          };
      children.await(trainings, look);
      look.run();
    }
  }

  /** Lines of the table but the header. */
  private static long stepsDone(Path run) {
    Path table = run.resolve("metrics.csv");
    if (!Files.exists(table)) {
      return 0;
    }
    try (var lines = Files.lines(table)) {
      return Math.max(0, lines.count() - 1);
    } catch (IOException e) {
      throw new UncheckedIOException("the metrics of a training cannot be read", e);
    }
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
        KafkaReplay replay =
            KafkaReplay.open(
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
