package dev.lectern.cli;

import dev.lectern.broker.EmbeddedBroker;
import dev.lectern.cli.progress.Displays;
import dev.lectern.experiment.Experiment;
import dev.lectern.experiment.ExperimentResult;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.apache.kafka.clients.CommonClientConfigs;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code lectern experiment}: rows of trainings by seeds, compared in pairs. */
@Command(
    name = "experiment",
    header = "Train rows of settings by seeds, and decide claims about them.",
    description = {
      "Publish, record and train as a plan says: every row of the plan with every seed, each in a"
          + " process of its own, from the same start and in the same order. Then compare each row"
          + " with its baseline in pairs and decide the plan's claims by the interval of the"
          + " difference; write results.json and report.html.",
      "Give it again to go on after an interruption. A plan does not change once it has begun.",
      "Without a broker's address (--bootstrap-servers, LECTERN_BOOTSTRAP_SERVERS, or the key of"
          + " the plan's run) it keeps a broker of its own in the folder of the results."
    })
final class ExperimentCommand implements Callable<Integer> {
  private static final Duration TIMEOUT = Duration.ofMinutes(11);

  @Spec private CommandSpec spec;
  @Mixin private ConnectionOptions connection;

  @Parameters(paramLabel = "PLAN.yaml", description = "The plan; the root README shows one.")
  private Path plan;

  @Option(
      names = "--out",
      paramLabel = "DIR",
      description =
          "Folder of the results and of everything in between. Default: the plan's name without"
              + " its ending, beside the plan")
  private Path out;

  @Option(
      names = "--row",
      paramLabel = "NAME",
      split = ",",
      description = "Train this row only, for now. Repeatable.")
  private List<String> rows = List.of();

  @Option(
      names = "--seed",
      paramLabel = "N",
      split = ",",
      description = "Train with this seed only, for now. Repeatable.")
  private List<Long> seeds = List.of();

  @Mixin private JsonOption output;

  @Override
  public Integer call() throws Exception {
    Path folder = out == null ? withoutEnding(plan) : out;
    PrintWriter print = spec.commandLine().getOut();
    try (Experiment experiment =
        new Experiment(
            plan,
            folder,
            new Experiment.Selection(rows, seeds),
            Main.class.getName(),
            Displays.standardError())) {
      return StopOnSignal.run(
          "experiment", TIMEOUT, experiment::stop, () -> run(experiment, folder, print));
    }
  }

  private Outcome run(Experiment experiment, Path folder, PrintWriter print)
      throws IOException, InterruptedException {
    try {
      ExperimentResult result = atBroker(experiment, folder);
      if (output.json()) {
        print.println(result.json());
      } else {
        result.summary().forEach(print::println);
        print.println("results: " + experiment.report());
      }
      return Outcome.DONE;
    } catch (RuntimeException e) {
      if (!experiment.isStopping()) {
        throw e;
      }
      print.println("stopped; give the command again to go on");
      return Outcome.UNFINISHED;
    } finally {
      print.flush();
    }
  }

  private ExperimentResult atBroker(Experiment experiment, Path folder)
      throws IOException, InterruptedException {
    if (connection.isGiven()) {
      Map<String, Object> kafka = connection.clientProperties();
      BrokerCheck.answers(kafka);
      return experiment.run(kafka, connection.asArguments());
    }
    String servers = experiment.bootstrapServers().orElse(null);
    if (servers != null) {
      return at(experiment, servers);
    }
    try (EmbeddedBroker own = EmbeddedBroker.start(folder.resolve("broker"))) {
      return at(experiment, own.bootstrapServers());
    }
  }

  private static ExperimentResult at(Experiment experiment, String servers)
      throws IOException, InterruptedException {
    Map<String, Object> kafka = Map.of(CommonClientConfigs.BOOTSTRAP_SERVERS_CONFIG, servers);
    BrokerCheck.answers(kafka);
    return experiment.run(kafka, List.of("--bootstrap-servers", servers));
  }

  private static Path withoutEnding(Path plan) {
    String name = plan.getFileName().toString();
    String stem = name.replaceFirst("\\.ya?ml$", "");
    return plan.resolveSibling(stem.equals(name) ? name + "-results" : stem);
  }
}
