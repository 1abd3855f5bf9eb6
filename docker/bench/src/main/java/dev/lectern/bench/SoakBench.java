package dev.lectern.bench;

import dev.lectern.demo.DemoSettings;
import dev.lectern.demo.teacher.TeacherTraining;
import dev.lectern.schemas.config.ConfigLoader;
import dev.lectern.schemas.log.RecordingDeletion;
import dev.lectern.schemas.log.RecordingVerifier;
import dev.lectern.schemas.log.Verification;
import dev.lectern.schemas.progress.Progress;
import dev.lectern.schemas.record.RecordingManifest;
import dev.lectern.schemas.serde.Sha256;
import dev.lectern.trainer.replay.RecordingSet;
import dev.lectern.trainer.train.TrainConfig;
import dev.lectern.trainer.train.TrainingRun;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The whole path again and again on one broker: the demo's teacher records made-up images, the
 * recording is verified, a student is trained from it, and the recording is deleted. Each round
 * must give the same digest and the same student, and whatever a round opens it must close.
 */
final class SoakBench {
  private final Duration time;
  private final int views;
  private final Progress.Factory progress;

  /** What a round left behind. */
  private record Round(
      String digest, String student, int findings, long residentMib, long files, int threads) {}

  SoakBench(Duration time, int views, Progress.Factory progress) {
    this.time = time;
    this.views = views;
    this.progress = progress;
  }

  /**
   * Runs rounds until the time is up, two at least.
   *
   * @return figures by name, for JSON
   */
  Map<String, Object> run(Path folder) throws IOException, InterruptedException {
    RealTeacher teacher =
        new RealTeacher(
            unpacked(TeacherTraining.NAME + ".yaml", folder),
            unpacked(TeacherTraining.NAME + ".onnx", folder),
            null,
            null);
    long end = System.nanoTime() + time.toNanos();
    List<Round> rounds = new ArrayList<>();
    try (BenchRecording recording = BenchRecording.published(folder, views, teacher, progress)) {
      while (rounds.size() < 2 || System.nanoTime() < end) {
        rounds.add(round(folder, recording, rounds.size()));
      }
    }
    return figures(rounds);
  }

  private Round round(Path folder, BenchRecording recording, int number)
      throws IOException, InterruptedException {
    recording.record(folder, List.of("threads=1"), progress);
    Verification verification =
        new RecordingVerifier(recording.kafka(), Progress.silentFactory())
            .verify(manifest(recording));
    Path out = folder.resolve("run-" + number);
    TrainConfig config =
        TrainConfig.of(
            DemoSettings.student(),
            List.of(
                "bootstrap-servers=" + recording.kafka().get("bootstrap.servers"),
                "recording=" + BenchRecording.NAME,
                ConfigLoader.setting("out", out),
                "epochs=1",
                "batch-size=8",
                "losses=[{name: ld}, {name: kd}, {name: cwd, weight: 1}]",
                "evaluation={split: none}"));
    byte[] student =
        Files.readAllBytes(
            new TrainingRun(
                    config, TrainingRun.Start.FRESH, new SimpleMeterRegistry(), progress, List.of())
                .run()
                .student());
    RecordingDeletion.delete(recording.kafka(), BenchRecording.NAME);
    new ScratchFolder(out).close();
    System.gc();
    return new Round(
        verification.digest(),
        sha256(student),
        verification.failures().size(),
        ProcessUsage.residentMib().get(0),
        openFiles(),
        ManagementFactory.getThreadMXBean().getThreadCount());
  }

  private static String sha256(byte[] student) {
    MessageDigest digest = Sha256.start();
    digest.update(student);
    return Sha256.hex(digest);
  }

  private static RecordingManifest manifest(BenchRecording recording) {
    try (RecordingSet opened = RecordingSet.open(recording.kafka(), List.of(BenchRecording.NAME))) {
      return opened.manifests().get(0);
    }
  }

  /** Files and connections of this process; 0 where the system does not tell. */
  private static long openFiles() {
    String[] files = new File("/proc/self/fd").list();
    return files == null ? 0 : files.length;
  }

  private static Path unpacked(String name, Path folder) throws IOException {
    try (InputStream in = DemoSettings.class.getResourceAsStream("/demo/" + name)) {
      if (in == null) {
        throw new IllegalStateException("this build lacks the demo's " + name);
      }
      Path file = folder.resolve(name);
      Files.copy(in, file);
      return file;
    }
  }

  private Map<String, Object> figures(List<Round> rounds) {
    // The first round loads classes and libraries.
    Round first = rounds.get(1);
    Round last = rounds.get(rounds.size() - 1);
    Map<String, Object> figures = new LinkedHashMap<>();
    figures.put("benchmark", "soak");
    figures.put("minutes", time.toMinutes());
    figures.put("rounds", rounds.size());
    figures.put("views", (long) views * rounds.size());
    figures.put("digests", rounds.stream().map(Round::digest).distinct().count());
    figures.put("students", rounds.stream().map(Round::student).distinct().count());
    figures.put("findings", rounds.stream().mapToInt(Round::findings).sum());
    figures.put("residentMib", List.of(first.residentMib(), last.residentMib()));
    figures.put("openFiles", List.of(first.files(), last.files()));
    figures.put("threads", List.of(first.threads(), last.threads()));
    return figures;
  }

  /** Whether every round gave the same, and verification found nothing. */
  static boolean held(Map<String, Object> figures) {
    return figures.get("digests").equals(1L)
        && figures.get("students").equals(1L)
        && figures.get("findings").equals(0);
  }
}
