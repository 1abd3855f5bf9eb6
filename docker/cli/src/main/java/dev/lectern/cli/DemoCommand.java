package dev.lectern.cli;

import dev.lectern.cli.progress.Displays;
import dev.lectern.demo.Demo;
import dev.lectern.demo.DemoFigures;
import dev.lectern.demo.DemoPlan;
import dev.lectern.demo.DemoResult;
import dev.lectern.demo.Run;
import dev.lectern.demo.Variant;
import dev.lectern.demo.teacher.TeacherTraining;
import dev.lectern.experiment.TrainingHistory;
import dev.lectern.schemas.file.OutputFile;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code lectern demo}: the main job on one machine, with a dataset that is drawn on the spot. */
@Command(
    name = "demo",
    header = "Record, distil and report on a drawn dataset, with no arguments.",
    description = {
      "Do the main job once, in one process tree on an embedded Kafka: draw a small dataset, publish"
          + " it, record a teacher with two workers, train the same student without and with"
          + " distillation, print both APs and write report.html.",
      "Needs no data and no running broker; takes up to ten minutes on two cores."
    },
    subcommands = DemoCommand.TrainTeacherCommand.class)
final class DemoCommand implements Callable<Integer> {
  private static final Duration STOP_TIMEOUT = Duration.ofSeconds(30);

  @Spec private CommandSpec spec;

  @Option(
      names = "--work-dir",
      paramLabel = "DIR",
      defaultValue = "lectern-demo",
      description = "Everything is written here; what an earlier demo wrote is deleted first.")
  private Path workDir;

  @Option(
      names = "--seeds",
      paramLabel = "N",
      defaultValue = "1",
      description = "Pairs of students to train, each from start values of its own.")
  private int seeds;

  @Option(
      names = "--epochs",
      paramLabel = "N",
      description = "Passes of each training over the pictures. Default: 80")
  private Integer epochs;

  @Option(
      names = "--pictures",
      paramLabel = "N",
      description = "Pictures that the students learn from. Default: 320")
  private Integer pictures;

  @Option(
      names = "--validation-pictures",
      paramLabel = "N",
      description = "Pictures that they are measured on. Default: 150")
  private Integer validationPictures;

  @Option(
      names = "--keep",
      description = "Keep the broker's data, the pictures and the replay stores as well.")
  private boolean keep;

  @Mixin private JsonOption output;

  @Override
  public Integer call() throws Exception {
    PrintWriter out = spec.commandLine().getOut();
    try (Demo demo = new Demo(plan(), Main.class.getName(), Displays.standardError())) {
      return StopOnSignal.run("demo", STOP_TIMEOUT, demo::stop, () -> run(demo, out));
    }
  }

  private DemoPlan plan() {
    DemoPlan standard = DemoPlan.standard(workDir);
    return new DemoPlan(
        standard.workDir(),
        pictures == null ? standard.trainPictures() : pictures,
        validationPictures == null ? standard.valPictures() : validationPictures,
        standard.viewsPerImage(),
        epochs == null ? standard.epochs() : epochs,
        seeds,
        standard.workers());
  }

  private Outcome run(Demo demo, PrintWriter out) throws IOException, InterruptedException {
    DemoResult result;
    try {
      result = demo.run();
    } catch (RuntimeException e) {
      if (demo.isStopping()) {
        out.println("stopped; the processes of the demo have ended");
        out.flush();
        return Outcome.UNFINISHED;
      }
      throw e;
    }
    if (!keep) {
      demo.deleteBulk();
    }
    if (output.json()) {
      out.println(JsonOption.text(Summary.of(result)));
      out.flush();
    } else {
      print(result, out);
    }
    return Outcome.DONE;
  }

  /** The result for programs. */
  private record Summary(double teacherAp, List<Student> students, double seconds, String report) {
    record Student(String student, int seed, double ap, double ap50, double ap75) {
      static Student of(Run run) {
        TrainingHistory.Measurement measured = run.history().result();
        return new Student(
            run.variant().label(), run.seed(), measured.ap(), measured.ap50(), measured.ap75());
      }
    }

    static Summary of(DemoResult result) {
      return new Summary(
          result.teacherAp(),
          result.runs().stream().map(Student::of).toList(),
          result.seconds(),
          result.report().toString());
    }
  }

  private static void print(DemoResult result, PrintWriter out) {
    DemoFigures.of(result).forEach((name, value) -> out.printf("%-34s %s%n", name, value));
    out.printf(Locale.ROOT, "%-34s %.3f%n", "AP of the teacher, as recorded", result.teacherAp());
    for (int seed = 1; seed <= result.plan().seeds(); seed++) {
      for (Variant variant : Variant.values()) {
        Run run = result.run(variant, seed);
        out.printf(
            Locale.ROOT,
            "%-34s %.3f   (AP50 %.3f, AP75 %.3f)%n",
            "AP " + variant.label() + ", seed " + seed,
            run.history().result().ap(),
            run.history().result().ap50(),
            run.history().result().ap75());
      }
    }
    out.printf("%-34s %s%n", "AP distilled less AP plain", result.difference());
    out.println("report: " + result.report());
    out.flush();
  }

  /** {@code lectern demo train-teacher}: how the committed teacher was made. */
  @Command(
      name = "train-teacher",
      header = "Make the demo's teacher anew.",
      description = {
        "Train the demo's teacher on freshly drawn pictures and write demo-teacher.onnx and"
            + " demo-teacher.yaml: how the teacher that Lectern brings was made.",
        "Stopped and started again it goes on at its newest checkpoint."
      })
  static final class TrainTeacherCommand implements Callable<Integer> {
    @Spec private CommandSpec spec;

    @Option(
        names = "--out",
        paramLabel = "DIR",
        defaultValue = "demo-teacher",
        description = "Folder of the run and its results.")
    private Path out;

    @Option(
        names = "--pictures",
        paramLabel = "N",
        defaultValue = "" + TeacherTraining.PICTURES,
        description = "Pictures to learn from, each seen once.")
    private int pictures;

    @Option(
        names = "--seed",
        paramLabel = "N",
        defaultValue = "1",
        description = "Of the start values.")
    private long seed;

    @Mixin private ForceOption force;

    @Override
    public Integer call() throws Exception {
      for (String ending : List.of(".onnx", ".yaml")) {
        force.requireFree(
            out.resolve(TeacherTraining.NAME + ending), OutputFile.Mark.NONE, "--out");
      }
      TeacherTraining.Result result =
          new TeacherTraining(out, pictures, seed, Main.class.getName())
              .run(Displays.standardError());
      PrintWriter print = spec.commandLine().getOut();
      print.printf(
          Locale.ROOT,
          "teacher %s: AP %.3f, AP50 %.3f, AP75 %.3f on validation pictures%n",
          result.model(),
          result.metrics().ap(),
          result.metrics().ap50(),
          result.metrics().ap75());
      print.flush();
      return ExitCode.DONE;
    }
  }
}
