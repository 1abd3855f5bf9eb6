package dev.lectern.bench;

import static dev.lectern.bench.Figures.rounded;

import dev.lectern.detector.device.ComputeDevice;
import dev.lectern.schemas.config.ConfigLoader;
import dev.lectern.schemas.descriptor.DescriptorYaml;
import dev.lectern.schemas.progress.Progress;
import dev.lectern.schemas.record.KindEncoding;
import dev.lectern.schemas.record.RecordingManifest;
import dev.lectern.teacher.model.ModelFile;
import dev.lectern.teacher.model.Teacher;
import dev.lectern.trainer.replay.RecordingSet;
import dev.lectern.trainer.train.StepReport;
import dev.lectern.trainer.train.TrainConfig;
import dev.lectern.trainer.train.Trainer;
import dev.lectern.trainer.train.TrainingListener;
import dev.lectern.trainer.train.TrainingRun;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What students cost that learn from one recording, against the same students with the teacher in
 * the loop: processor time of the whole process, with broker, worker and ledger in it.
 *
 * <pre>
 *   from a recording   R + n E (s + r)      R: recording once; s: the student's steps of an epoch;
 *   in the loop        n E (s + t)          r: reading what the teacher gave; t: asking it
 * </pre>
 */
final class LoopBench {
  private final Settings settings;
  private final Progress.Factory progress;

  /**
   * What is compared.
   *
   * @param run YAML of a run: student, losses, batch size; what it learns from is set here
   * @param sets further settings of the run, {@code key=value}
   * @param worker settings of the worker, {@code key=value}
   * @param students numbers of students, ascending; student i has the seed i
   * @param teacher with a model; and real images, unless they are made up
   * @param views made-up images
   */
  record Settings(
      String run,
      List<String> sets,
      List<String> worker,
      List<Integer> students,
      RealTeacher teacher,
      int views) {
    Settings {
      sets = List.copyOf(sets);
      worker = List.copyOf(worker);
      students = List.copyOf(students);
    }
  }

  /** A student that was trained, and what that took. */
  private record Trained(double seconds, List<Double> totals, byte[] student) {}

  LoopBench(Settings settings, Progress.Factory progress) {
    this.settings = settings;
    this.progress = progress;
  }

  /**
   * Runs in a folder that may be thrown away afterwards.
   *
   * @return figures by name, for JSON
   */
  Map<String, Object> run(Path folder) throws IOException, InterruptedException {
    try (BenchRecording recording =
        BenchRecording.published(folder, settings.views(), settings.teacher(), progress)) {
      long before = ProcessUsage.cpuNanos();
      recording.record(folder, settings.worker(), progress);
      double recorded = (ProcessUsage.cpuNanos() - before) * 1e-9;
      RecordingManifest manifest = manifest(recording);
      List<Trained> replayed = new ArrayList<>();
      List<Trained> looped = new ArrayList<>();
      int max = settings.students().get(settings.students().size() - 1);
      try (Teacher teacher =
          ModelFile.open(
              DescriptorYaml.read(settings.teacher().descriptor()),
              settings.teacher().model(),
              manifest.getEncodings().stream().map(KindEncoding::getKind).toList(),
              ComputeDevice.parse("cpu"),
              1)) {
        for (int seed = 1; seed <= max; seed++) {
          replayed.add(train(config(folder, recording, "replayed-" + seed, seed), null, recording));
          looped.add(train(config(folder, recording, "looped-" + seed, seed), teacher, recording));
        }
      }
      return figures(
          manifest, config(folder, recording, "run", 1).epochs(), recorded, replayed, looped);
    }
  }

  private static RecordingManifest manifest(BenchRecording recording) {
    try (RecordingSet opened = RecordingSet.open(recording.kafka(), List.of(BenchRecording.NAME))) {
      return opened.manifests().get(0);
    }
  }

  private TrainConfig config(Path folder, BenchRecording recording, String name, int seed) {
    List<String> keys =
        new ArrayList<>(
            List.of(
                "bootstrap-servers=" + recording.kafka().get("bootstrap.servers"),
                "recording=" + BenchRecording.NAME,
                ConfigLoader.setting("out", folder.resolve(name)),
                "seed=" + seed,
                "evaluation.split=none",
                ConfigLoader.setting("replay.store", folder.resolve("store"))));
    keys.addAll(settings.sets());
    return ConfigLoader.bind(settings.run(), keys, TrainConfig.class, "bench");
  }

  private Trained train(TrainConfig config, Teacher teacher, BenchRecording recording)
      throws IOException, InterruptedException {
    List<Double> totals = new ArrayList<>();
    TrainingListener steps =
        new TrainingListener() {
          @Override
          public void stepped(Trainer trainer, StepReport step) {
            totals.add(step.total());
          }
        };
    TrainingRun run =
        new TrainingRun(
            config, TrainingRun.Start.FRESH, new SimpleMeterRegistry(), progress, List.of(steps));
    long before = ProcessUsage.cpuNanos();
    Path student;
    if (teacher == null) {
      student = run.run().student();
    } else {
      try (TeacherInLoop loop = new TeacherInLoop(recording.kafka(), config, teacher)) {
        student = run.run(loop).student();
      }
    }
    double seconds = (ProcessUsage.cpuNanos() - before) * 1e-9;
    return new Trained(seconds, totals, Files.readAllBytes(student));
  }

  private Map<String, Object> figures(
      RecordingManifest manifest,
      int epochs,
      double recorded,
      List<Trained> replayed,
      List<Trained> looped) {
    Map<String, Object> figures = new LinkedHashMap<>();
    figures.put("benchmark", "loop");
    figures.put("views", manifest.getRecorded());
    figures.put("steps", replayed.get(0).totals().size());
    figures.put("bytesPerView", bytes(manifest));
    figures.put("recordingCpuSeconds", rounded(recorded));
    double visits = manifest.getRecorded() * replayed.size() * epochs / 1e3;
    figures.put("recordedCpuMsPerVisit", rounded(seconds(replayed) / visits));
    figures.put("inLoopCpuMsPerVisit", rounded(seconds(looped) / visits));
    List<Map<String, Object>> rows = new ArrayList<>();
    for (int students : settings.students()) {
      double fromLog = recorded + seconds(replayed.subList(0, students));
      double inLoop = seconds(looped.subList(0, students));
      Map<String, Object> row = new LinkedHashMap<>();
      row.put("students", students);
      row.put("recordedCpuSeconds", rounded(fromLog));
      row.put("inLoopCpuSeconds", rounded(inLoop));
      row.put("ratio", rounded(fromLog / inLoop));
      rows.add(row);
    }
    figures.put("costs", rows);
    double difference = 0;
    boolean equal = true;
    for (int i = 0; i < replayed.size(); i++) {
      difference = Math.max(difference, difference(replayed.get(i), looped.get(i)));
      equal &= Arrays.equals(replayed.get(i).student(), looped.get(i).student());
    }
    figures.put("maxRelativeLossDifference", difference);
    figures.put("studentsEqual", equal);
    return figures;
  }

  private static long bytes(RecordingManifest manifest) {
    return manifest.getBytesPerKind().values().stream().mapToLong(Long::longValue).sum()
        / manifest.getRecorded();
  }

  private static double seconds(List<Trained> students) {
    return students.stream().mapToDouble(Trained::seconds).sum();
  }

  /** The largest relative difference of a step's loss. */
  private static double difference(Trained one, Trained other) {
    double max = 0;
    for (int step = 0; step < one.totals().size(); step++) {
      double a = one.totals().get(step);
      double b = other.totals().get(step);
      max = Math.max(max, Math.abs(a - b) / Math.max(Math.abs(a), Double.MIN_NORMAL));
    }
    return max;
  }
}
