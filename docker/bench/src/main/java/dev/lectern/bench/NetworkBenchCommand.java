package dev.lectern.bench;

import dev.lectern.bench.network.NetworkBench;
import dev.lectern.schemas.config.UserMistakeException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code lectern bench networks}: training steps against PyTorch's. */
@Command(
    name = "networks",
    description = {
      "How long a training step of a network takes, against the same network in PyTorch and as"
          + " TorchScript in this libtorch, on one thread.",
      "A step is forward, backward and plain SGD; the three take turns, and must give the same outputs"
          + " first. Times are medians of the thread's processor time; a ratio above 1 says that"
          + " Lectern is faster."
    })
final class NetworkBenchCommand implements Callable<Integer> {
  @Mixin private FigureOptions figures;

  @Option(
      names = "--networks",
      split = ",",
      paramLabel = "PRESET",
      description = "Of those that the script has; all of them by default.")
  private List<String> networks = List.of();

  @Option(
      names = "--side",
      paramLabel = "PIXELS",
      defaultValue = "256",
      description = "Of the square canvas.")
  private int side;

  @Option(
      names = "--batch-size",
      paramLabel = "N",
      defaultValue = "8",
      description = "Images of a step.")
  private int batchSize;

  @Option(
      names = "--rounds",
      paramLabel = "N",
      defaultValue = "5",
      description = "Steps of each that count.")
  private int rounds;

  @Option(
      names = "--python",
      paramLabel = "COMMAND",
      defaultValue = "python3",
      description = "With torch and numpy.")
  private String python;

  @Option(
      names = "--script",
      paramLabel = "FILE.py",
      defaultValue = "docker/bench/python/network_steps.py",
      description = "The networks in PyTorch.")
  private Path script;

  @Override
  public Integer call() throws IOException {
    BenchCommand.positive("--side", side);
    BenchCommand.positive("--batch-size", batchSize);
    BenchCommand.positive("--rounds", rounds);
    if (!Files.isRegularFile(script)) {
      throw new UserMistakeException("--script " + script + ": found no such file");
    }
    NetworkBench bench = new NetworkBench(networks, side, batchSize, rounds, python, script);
    try (ScratchFolder scratch = ScratchFolder.in(null)) {
      Map<String, Object> found = bench.run(scratch.path());
      return figures.print(found, () -> table(found));
    }
  }

  private static String table(Map<String, Object> found) {
    StringBuilder text = new StringBuilder();
    text.append(
        String.format(
            Locale.ROOT,
            "%-16s %12s %12s %12s %12s %14s%n",
            "ms a step",
            "lectern",
            "pytorch",
            "torchscript",
            "vs pytorch",
            "vs torchscript"));
    for (Object row : (List<?>) found.get("networks")) {
      Map<?, ?> cells = (Map<?, ?>) row;
      text.append(
          String.format(
              Locale.ROOT,
              "%-16s %12.0f %12.0f %12.0f %12.3f %14.3f%n",
              cells.get("network"),
              number(cells, "lecternCpuMs"),
              number(cells, "pytorchCpuMs"),
              number(cells, "torchscriptCpuMs"),
              number(cells, "againstPytorch"),
              number(cells, "againstTorchscript")));
    }
    return text.toString();
  }

  private static double number(Map<?, ?> row, String figure) {
    return ((Number) row.get(figure)).doubleValue();
  }
}
