package dev.lectern.bench;

import dev.lectern.cli.AddedCommand;
import dev.lectern.cli.ExitCode;
import dev.lectern.cli.progress.Displays;
import dev.lectern.schemas.config.UserMistakeException;
import dev.lectern.schemas.view.CanvasSize;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Help;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code lectern bench}: the benchmarks; JSON on standard output. */
@Command(
    name = "bench",
    description = "Measure; one JSON object on standard output.",
    subcommands = {ReplayBenchCommand.class, LossBenchCommand.class, NetworkBenchCommand.class})
public final class BenchCommand implements AddedCommand, Runnable {
  @Spec private CommandSpec spec;

  @Override
  public void run() {
    throw new ParameterException(
        spec.commandLine(),
        "found no benchmark, expected one of " + String.join(", ", spec.subcommands().keySet()));
  }

  @Command(
      name = "pipeline",
      description = {
        "How fast one worker records against its teacher's own rate, and what each stage costs the"
            + " processor.",
        "Starts its own broker in a temporary folder. Without --model a stand-in takes a fixed"
            + " time off the processor, as an accelerator does, with the tensor sizes of --teacher,"
            + " else of NanoDet-Plus-m-1.5x at 416x416."
      })
  int pipeline(
      @Option(
              names = "--views",
              paramLabel = "N",
              defaultValue = "600",
              description = "Made-up images to record.")
          int views,
      @Option(
              names = "--batch-size",
              paramLabel = "N",
              defaultValue = "8",
              description = "Views per call of the stand-in; --teacher has its own.")
          int batchSize,
      @Option(
              names = "--batch-ms",
              paramLabel = "MS",
              defaultValue = "160",
              description = "What a call of the stand-in takes.")
          int batchMs,
      @Mixin RealTeacherOptions real,
      @Option(
              names = "--set",
              paramLabel = "KEY=VALUE",
              showDefaultValue = Help.Visibility.NEVER,
              description = "A setting of the worker, e.g. threads=1. Repeatable.")
          List<String> worker)
      throws IOException, InterruptedException {
    positive("--views", views);
    positive("--batch-size", batchSize);
    positive("--batch-ms", batchMs);
    PipelineBench.Settings settings =
        new PipelineBench.Settings(
            views,
            batchSize,
            Duration.ofMillis(batchMs),
            real.teacher(),
            worker == null ? List.of() : worker);
    try (ScratchFolder folder = ScratchFolder.in(null)) {
      return print(new PipelineBench(settings, Displays.standardError()).run(folder.path()));
    }
  }

  @Command(
      name = "codec",
      description = {
        "How small, how fast and how exact each encoding of stored tensors is, on one thread.",
        "KB are 1000 bytes; GB/s count bytes of float32."
      })
  int codec(
      @Option(
              names = "--tensors",
              required = true,
              paramLabel = "FILE.npz",
              description =
                  "NumPy archive; its float32 arrays (views, channels, positions) are encoded.")
          Path tensors,
      @Option(
              names = "--levels",
              required = true,
              split = ",",
              paramLabel = "WxH",
              description =
                  "Cells of each level, in the order of the positions, e.g. 40x32,20x16,10x8.")
          List<String> levels,
      @Option(
              names = "--rounds",
              paramLabel = "N",
              defaultValue = "20",
              description = "Measurements of each encoding; the median counts.")
          int rounds)
      throws IOException {
    positive("--rounds", rounds);
    if (!Files.isRegularFile(tensors)) {
      throw new UserMistakeException("--tensors " + tensors + ": found no such file");
    }
    List<CanvasSize> sizes = levels.stream().map(CanvasSize::parse).toList();
    return print(new CodecBench(tensors, sizes, rounds, Displays.standardError()).run());
  }

  @Command(
      name = "log",
      description = {
        "How fast payloads are read from the log in its order, whole and verified, as a run without a"
            + " store reads a recording, beside a bare consumer of the same records.",
        "Starts its own broker in a temporary folder; MB are 1000000 bytes."
      })
  int log(
      @Option(
              names = "--views",
              paramLabel = "N",
              defaultValue = "400",
              description = "Made-up views to record, about 1.1 MB each.")
          int views,
      @Option(
              names = "--rounds",
              paramLabel = "N",
              defaultValue = "9",
              description = "How often each reads everything; the median counts.")
          int rounds)
      throws IOException, InterruptedException {
    positive("--views", views);
    positive("--rounds", rounds);
    try (ScratchFolder folder = ScratchFolder.in(null)) {
      return print(new LogBench(views, rounds, Displays.standardError()).run(folder.path()));
    }
  }

  @Command(
      name = "trainer-wait",
      description = {
        "What share of a training step is waiting for data: a real run from the replay store, on a"
            + " recording of made-up images and stand-in outputs with dense features.",
        "Starts its own broker in a temporary folder."
      })
  int trainerWait(
      @Option(
              names = "--config",
              required = true,
              paramLabel = "RUN.yaml",
              description =
                  "A run as for lectern train: student (80 classes, 416x416), losses, batch size."
                      + " What it learns from, where, and evaluation are set by the benchmark.")
          Path run,
      @Option(
              names = "--views",
              paramLabel = "N",
              defaultValue = "96",
              description = "Made-up views to record.")
          int views,
      @Option(
              names = "--warm-up",
              paramLabel = "N",
              defaultValue = "10",
              description = "First steps that do not count.")
          int warmUp,
      @Option(
              names = "--set",
              paramLabel = "KEY=VALUE",
              showDefaultValue = Help.Visibility.NEVER,
              description = "A setting of the run, e.g. epochs=4. Repeatable.")
          List<String> sets)
      throws IOException, InterruptedException {
    positive("--views", views);
    if (!Files.isRegularFile(run)) {
      throw new UserMistakeException("--config " + run + ": found no such file");
    }
    try (ScratchFolder folder = ScratchFolder.in(null)) {
      return print(
          new WaitBench(
                  Files.readString(run),
                  sets == null ? List.of() : sets,
                  views,
                  warmUp,
                  Displays.standardError())
              .run(folder.path()));
    }
  }

  @Command(
      name = "loop",
      description = {
        "What students cost that learn from one recording, against the same students with the teacher"
            + " run in every step: processor time of the whole process, broker, worker and ledger"
            + " included; and whether both become the same student.",
        "Starts its own broker in a temporary folder. Replay stores are shared, as runs on one host"
            + " can share them."
      })
  int loop(
      @Option(
              names = "--config",
              required = true,
              paramLabel = "RUN.yaml",
              description =
                  "A run as for lectern train: student, losses, epochs, batch size. What it learns"
                      + " from, where, and evaluation are set by the benchmark.")
          Path run,
      @Mixin RealTeacherOptions real,
      @Option(
              names = "--students",
              split = ",",
              paramLabel = "N",
              defaultValue = "1,3,5",
              description = "Numbers of students, ascending; each has a seed of its own.")
          List<Integer> students,
      @Option(
              names = "--views",
              paramLabel = "N",
              defaultValue = "64",
              description = "Made-up images, without --images.")
          int views,
      @Option(
              names = "--set",
              paramLabel = "KEY=VALUE",
              showDefaultValue = Help.Visibility.NEVER,
              description = "A setting of the run, e.g. epochs=24. Repeatable.")
          List<String> sets,
      @Option(
              names = "--set-worker",
              paramLabel = "KEY=VALUE",
              showDefaultValue = Help.Visibility.NEVER,
              description =
                  "A setting of the worker, e.g. encoding.class-scores=float32. Repeatable.")
          List<String> worker)
      throws IOException, InterruptedException {
    positive("--views", views);
    students.forEach(count -> positive("--students", count));
    if (!Files.isRegularFile(run)) {
      throw new UserMistakeException("--config " + run + ": found no such file");
    }
    if (real.teacher().isStandIn()) {
      throw new UserMistakeException(
          "--model: found none, expected the teacher to ask in every step");
    }
    LoopBench.Settings settings =
        new LoopBench.Settings(
            Files.readString(run),
            sets == null ? List.of() : sets,
            worker == null ? List.of() : worker,
            students.stream().sorted().toList(),
            real.teacher(),
            views);
    try (ScratchFolder folder = ScratchFolder.in(null)) {
      return print(new LoopBench(settings, Displays.standardError()).run(folder.path()));
    }
  }

  @Command(
      name = "growth",
      description = {
        "How long ledger, trainer, replay store and verification take on recordings of several sizes,"
            + " and how much of the heap they hold; exponents of the largest two (0 constant, 1"
            + " linear).",
        "Starts its own brokers in a temporary folder; made-up images of 32x32, outputs of a"
            + " stand-in."
      })
  int growth(
      @Option(
              names = "--views",
              split = ",",
              paramLabel = "N",
              defaultValue = "1000,10000,100000",
              description = "Sizes, ascending.")
          List<Integer> views,
      @Option(
              names = "--dir",
              paramLabel = "DIR",
              description = "Folder for the files; emptied again.")
          Path folder)
      throws IOException, InterruptedException {
    views.forEach(size -> positive("--views", size));
    try (ScratchFolder scratch = ScratchFolder.in(folder)) {
      return print(new GrowthBench(views, Displays.standardError()).run(scratch.path()));
    }
  }

  @Command(
      name = "soak",
      description = {
        "The whole path again and again for some time on one broker: recorded, verified, trained from"
            + " and deleted; every round must give the same digest and the same student. Memory, open"
            + " files and threads after the second round and the last tell whether something is kept.",
        "Starts its own broker in a temporary folder. Exit code 1 if a round differs."
      })
  int soak(
      @Option(
              names = "--minutes",
              paramLabel = "N",
              defaultValue = "60",
              description = "How long; at least two rounds are made.")
          int minutes,
      @Option(
              names = "--views",
              paramLabel = "N",
              defaultValue = "64",
              description = "Made-up images of a round.")
          int views)
      throws IOException, InterruptedException {
    positive("--minutes", minutes);
    positive("--views", views);
    try (ScratchFolder folder = ScratchFolder.in(null)) {
      Map<String, Object> figures =
          new SoakBench(Duration.ofMinutes(minutes), views, Displays.standardError())
              .run(folder.path());
      print(figures);
      return SoakBench.held(figures) ? ExitCode.DONE : ExitCode.FAILED;
    }
  }

  private int print(Map<String, Object> figures) throws IOException {
    return FigureOptions.json(figures, spec);
  }

  static void positive(String name, int value) {
    atLeast(1, name, value);
  }

  static void notNegative(String name, int value) {
    atLeast(0, name, value);
  }

  private static void atLeast(int min, String name, int value) {
    if (value < min) {
      throw new UserMistakeException(name + " " + value + ": expected " + min + " or more");
    }
  }
}
