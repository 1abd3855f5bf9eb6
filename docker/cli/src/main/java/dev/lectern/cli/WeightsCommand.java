package dev.lectern.cli;

import ai.djl.ndarray.NDManager;
import dev.lectern.detector.Detector;
import dev.lectern.detector.device.TorchDevice;
import dev.lectern.detector.network.Detectors;
import dev.lectern.detector.weights.WeightsMatch;
import dev.lectern.schemas.config.ConfigLoader;
import dev.lectern.schemas.config.UserMistakeException;
import dev.lectern.trainer.train.TrainConfig;
import dev.lectern.trainer.train.WeightsConfig;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code lectern weights}: what a weights file has in common with the student of a run. */
@Command(
    name = "weights",
    header = "Show what of a weights file matches a student.",
    description = {
      "Compare the file that a run starts from, key 'weights' of --config, with the run's student:"
          + " what matches, what does not and why. No broker and no recording are needed.",
      "Ends with 2 where 'lectern train' would refuse the file."
    })
final class WeightsCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;
  @Mixin private JsonOption output;

  @Option(
      names = "--config",
      paramLabel = "FILE.yaml",
      required = true,
      description = "The run, as for lectern train.")
  private Path config;

  @Option(
      names = "--set",
      paramLabel = "KEY=VALUE",
      description =
          "One setting; wins over --config, e.g. --set weights.part=backbone. Repeatable.")
  private List<String> set = new ArrayList<>();

  @Override
  public Integer call() {
    TrainConfig run = ConfigLoader.load(config, set, TrainConfig.class);
    WeightsConfig weights = run.weights();
    if (weights == null) {
      throw new UserMistakeException(config + ": weights: found nothing, expected a file");
    }
    try (NDManager manager = TorchDevice.of("cpu").newManager();
        Detector student = Detectors.create(run.student(), manager, run.seed())) {
      WeightsMatch match = weights.match(student.parameters());
      PrintWriter out = spec.commandLine().getOut();
      if (output.json()) {
        out.println(JsonOption.text(match.summary()));
      } else {
        match.report().forEach(out::println);
      }
      out.flush();
      match
          .problem(weights.partial())
          .ifPresent(
              problem -> {
                throw new UserMistakeException("weights " + weights.file() + ": " + problem);
              });
    }
    return ExitCode.DONE;
  }
}
