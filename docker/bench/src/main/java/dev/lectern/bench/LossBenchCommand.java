package dev.lectern.bench;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.TextNode;
import dev.lectern.bench.loss.LossBench;
import dev.lectern.bench.loss.LossFigures;
import dev.lectern.bench.loss.LossMemoryProcess;
import dev.lectern.cli.ConnectionOptions;
import dev.lectern.cli.ExitCode;
import dev.lectern.cli.Main;
import dev.lectern.cli.progress.Displays;
import dev.lectern.detector.DetectorSpec;
import dev.lectern.schemas.config.ConfigLoader;
import dev.lectern.schemas.config.UserMistakeException;
import dev.lectern.schemas.record.TensorKind;
import dev.lectern.trainer.distil.Methods;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Help;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code lectern bench losses}: what each loss costs a student. */
@Command(
    name = "losses",
    description = {
      "What each loss adds to a student's training step: milliseconds, memory at the peak, bytes of"
          + " the recording per image.",
      "Either on a sealed recording (--recording), or on one that is made first: give --teacher,"
          + " --model, --annotations and --images. Two runs take turns step by step, one with the"
          + " loss and one without; the median of the differences counts."
    })
final class LossBenchCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;
  @Mixin private ConnectionOptions connection;
  @Mixin private FigureOptions printed;
  @Mixin private RealTeacherOptions real;

  @Option(
      names = "--student",
      required = true,
      paramLabel = "FILE.yaml",
      description = "Specification of the network, as a run's key student.")
  private Path student;

  @Option(
      names = "--student-model",
      paramLabel = "FILE",
      description = "TorchScript file of the network, instead of the one it names.")
  private Path studentModel;

  @Option(names = "--recording", paramLabel = "NAME", description = "A sealed recording.")
  private String recording;

  @Option(
      names = "--split",
      paramLabel = "NAME",
      defaultValue = "train",
      description = "Whose views are used.")
  private String split;

  @Option(
      names = "--loss",
      paramLabel = "YAML",
      showDefaultValue = Help.Visibility.NEVER,
      description =
          "A loss as a run names it, e.g. '{name: ld, region: vlr}' or just ld. Repeatable."
              + " Default: every loss with its defaults")
  private List<String> losses;

  @Option(
      names = "--batch-size",
      paramLabel = "N",
      defaultValue = "8",
      description = "Views per step.")
  private int batchSize;

  @Option(
      names = "--rounds",
      paramLabel = "N",
      defaultValue = "9",
      description = "Pairs of steps per loss.")
  private int rounds;

  @Option(
      names = "--threads",
      paramLabel = "N",
      defaultValue = "1",
      description = "Of one step's arithmetic.")
  private int threads;

  @Option(
      names = "--measure",
      paramLabel = "WHAT",
      defaultValue = "all",
      description = "time, memory (bytes by loss, in this process) or all. Memory needs Linux.")
  private Measure measure;

  enum Measure {
    time,
    memory,
    all
  }

  @Override
  public Integer call() throws IOException, InterruptedException {
    requireSource();
    try (ScratchFolder scratch = ScratchFolder.in(null)) {
      Path folder = scratch.path();
      if (recording != null) {
        return measure(folder, connection.clientProperties(), recording, split);
      }
      try (BenchRecording made =
          BenchRecording.make(folder, 0, real.teacher(), Displays.standardError())) {
        return measure(folder, made.kafka(), BenchRecording.NAME, BenchRecording.SPLIT);
      }
    }
  }

  private void requireSource() {
    RealTeacher given = real.teacher();
    if (recording == null ? !given.isComplete() : !given.equals(RealTeacher.NONE)) {
      throw new UserMistakeException(
          "expected either --recording, or --teacher, --model, --annotations and --images");
    }
    BenchCommand.positive("--batch-size", batchSize);
    BenchCommand.positive("--rounds", rounds);
    BenchCommand.positive("--threads", threads);
  }

  private int measure(Path folder, Map<String, Object> kafka, String name, String part)
      throws IOException, InterruptedException {
    LossBench bench =
        new LossBench(
            new LossBench.Settings(
                kafka, name, part, studentName(), network(), batchSize, rounds, threads, wanted()),
            Displays.standardError());
    if (measure == Measure.memory) {
      return print(bench.memory(folder));
    }
    LossFigures figures = bench.time(folder);
    if (measure == Measure.all) {
      figures =
          figures.withMemory(
              LossMemoryProcess.run(Main.class.getName(), again(name, part), properties(kafka)));
    }
    LossFigures found = figures;
    return printed.print(found.figures(), found::table);
  }

  /** This command once more, for memory alone, on the same recording. */
  private List<String> again(String name, String part) {
    List<String> arguments =
        new ArrayList<>(
            List.of("bench", "losses", "--measure", "memory", "--student", student.toString()));
    if (studentModel != null) {
      arguments.addAll(List.of("--student-model", studentModel.toString()));
    }
    arguments.addAll(List.of("--recording", name, "--split", part));
    arguments.addAll(
        List.of(
            "--batch-size", Integer.toString(batchSize), "--threads", Integer.toString(threads)));
    arguments.addAll(List.of("--kafka-properties", "/dev/stdin"));
    wanted().forEach(loss -> arguments.addAll(List.of("--loss", loss)));
    return arguments;
  }

  /** The connection, as a file of properties: arguments of a process are for everybody to see. */
  private static String properties(Map<String, Object> kafka) throws IOException {
    Properties properties = new Properties();
    kafka.forEach((key, value) -> properties.setProperty(key, value.toString()));
    StringWriter text = new StringWriter();
    properties.store(text, null);
    return text.toString();
  }

  private List<String> wanted() {
    return losses != null
        ? losses
        : Methods.names().stream()
            .filter(name -> !Methods.of(name).needs().kinds(false).contains(TensorKind.INSTANCES))
            .toList();
  }

  private String studentName() {
    return student.getFileName().toString().replaceFirst("\\.ya?ml$", "");
  }

  private DetectorSpec network() {
    List<String> overrides =
        studentModel == null
            ? List.of()
            : List.of("script.model=" + TextNode.valueOf(studentModel.toString()));
    return ConfigLoader.load(student, overrides, DetectorSpec.class);
  }

  /** Bytes by loss, for the process that asked. */
  private int print(Map<String, Long> bytes) throws IOException {
    PrintWriter out = spec.commandLine().getOut();
    out.println(new JsonMapper().writeValueAsString(bytes));
    out.flush();
    return ExitCode.DONE;
  }
}
