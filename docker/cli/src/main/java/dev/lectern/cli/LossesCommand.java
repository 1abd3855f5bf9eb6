package dev.lectern.cli;

import dev.lectern.schemas.config.ConfigLoader;
import dev.lectern.schemas.config.UserMistakeException;
import dev.lectern.schemas.log.ManifestStore;
import dev.lectern.schemas.record.DatasetManifest;
import dev.lectern.schemas.record.RecordingManifest;
import dev.lectern.trainer.train.Applicability;
import dev.lectern.trainer.train.TrainConfig;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.spi.ToolProvider;
import java.util.stream.Stream;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code lectern losses}: what a run can be trained with, and golden vectors of all of it. */
@Command(
    name = "losses",
    header = "List the losses, explain one, say which apply, or run golden vectors.",
    description = {
      "Without arguments: every loss that a run can name under 'losses', its paper, its defaults and"
          + " what it needs from the recording. With a name: that loss in full.",
      "With --teacher and --student: which losses the student of a run can learn from the teacher of a"
          + " recording, and why not the others; 'lectern train' refuses them with the same words.",
      "With --verify: compare the value and the gradients of every loss, target and decoder with"
          + " what is expected. The last line is 'N passed, N failed'; the exit code is 0 only if"
          + " all passed."
    })
final class LossesCommand implements Callable<Integer> {
  /** The tool that runs golden vectors; a jar that images do without provides it. */
  private static final String GOLDEN = "lectern-golden";

  @Spec private CommandSpec spec;

  @Parameters(
      arity = "0..1",
      paramLabel = "NAME",
      description = "The loss to explain, as a configuration names it.")
  private String name;

  @ArgGroup(exclusive = false, heading = "Which losses apply to a pair:%n")
  private Pair pair;

  @Mixin private ConnectionOptions connection;

  private static final class Pair {
    @Option(
        names = "--teacher",
        paramLabel = "RECORDING",
        required = true,
        description = "The recording of the teacher.")
    String teacher;

    @Option(
        names = "--student",
        paramLabel = "FILE.yaml",
        required = true,
        description =
            "A run, as for lectern train: its student, its classes, and its settings of each loss;"
                + " losses that it does not name have their defaults.")
    Path student;

    @Option(names = "--json", description = "Write JSON on standard output.")
    boolean json;
  }

  @Option(
      names = "--verify",
      paramLabel = "DIR",
      description = "Folder with one folder per case, each with a case.json and its arrays.")
  private Path folder;

  @Option(
      names = "--method",
      split = ",",
      paramLabel = "ID",
      description = "With --verify: only the cases of these methods. Default: all")
  private Set<String> methods = new LinkedHashSet<>();

  @Override
  public Integer call() throws InterruptedException {
    if (folder != null) {
      return verify();
    }
    if (!methods.isEmpty()) {
      throw new UserMistakeException("--method: found no --verify DIR, expected one beside it");
    }
    PrintWriter out = spec.commandLine().getOut();
    if (pair != null) {
      ofPair(out);
    } else if (name == null) {
      LossSheet.list(out);
    } else {
      LossSheet.explain(name, out);
    }
    out.flush();
    return ExitCode.DONE;
  }

  private void ofPair(PrintWriter out) throws InterruptedException {
    TrainConfig run = ConfigLoader.load(pair.student, List.of(), TrainConfig.class);
    Map<String, Object> kafka = connection.clientProperties();
    BrokerCheck.answers(kafka);
    RecordingManifest recording;
    DatasetManifest dataset;
    try (ManifestStore manifests = new ManifestStore(kafka)) {
      recording = manifests.requireRecording(pair.teacher);
      dataset = manifests.requireDataset(recording.getDataset());
    }
    List<Applicability> all = Applicability.ofEvery(run, recording, dataset);
    List<Applicability> shown =
        name == null ? all : all.stream().filter(a -> a.name().equals(name)).toList();
    if (pair.json) {
      out.println(JsonOption.text(shown));
    } else {
      LossSheet.pair(shown, out);
    }
  }

  private int verify() {
    if (name != null) {
      throw new UserMistakeException(
          "losses: found " + name + " and --verify, expected one of them; --method chooses cases");
    }
    if (!Files.isDirectory(folder)) {
      throw new UserMistakeException("--verify " + folder + ": no such folder");
    }
    ToolProvider golden =
        ToolProvider.findFirst(GOLDEN)
            .orElseThrow(
                () ->
                    new UserMistakeException(
                        "--verify: golden vectors are checked in a source checkout of Lectern;"
                            + " run ./lectern losses --verify there"));
    return golden.run(
        spec.commandLine().getOut(),
        spec.commandLine().getErr(),
        Stream.concat(Stream.of(folder.toString()), methods.stream()).toArray(String[]::new));
  }
}
