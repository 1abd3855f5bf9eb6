package dev.lectern.bench;

import dev.lectern.cli.ConnectionOptions;
import dev.lectern.cli.progress.Displays;
import dev.lectern.schemas.config.UserMistakeException;
import dev.lectern.schemas.view.CanvasSize;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Help;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code lectern bench replay}: the replay store, beside other stores if wanted. */
@Command(
    name = "replay",
    description = {
      "How small the replay store is, and how fast it is written and read in random order into"
          + " float32 batches, checksums verified.",
      "Tensors are those of a NumPy archive or of a recording. With --peers a Python script measures"
          + " other stores on the same tensors in the same run, in alternating order.",
      "KB and MB are powers of 1000; rates of writing count bytes of float32."
    })
final class ReplayBenchCommand implements Callable<Integer> {
  @Mixin private ConnectionOptions connection;
  @Mixin private FigureOptions figures;
  @Mixin private PeerOptions peers;

  @ArgGroup(multiplicity = "1")
  private Source source;

  @Option(
      names = "--levels",
      split = ",",
      paramLabel = "WxH",
      showDefaultValue = Help.Visibility.NEVER,
      description =
          "With --tensors: cells of each level, in the order of the positions, e.g."
              + " 40x32,20x16,10x8.")
  private List<String> levels;

  @Option(
      names = "--encoding",
      split = ",",
      paramLabel = "VALUES[/FILTER/COMPRESSION]",
      defaultValue = "float16/none/none,int8",
      description = "How the tensors are stored; each is measured.")
  private List<String> encodings;

  @Option(
      names = "--views",
      paramLabel = "N",
      defaultValue = "0",
      description =
          "Views to write, repeating the given ones; 0 for as many as the archive has, or 64 of a"
              + " recording.")
  private int views;

  @Option(
      names = "--batch-size",
      paramLabel = "N",
      defaultValue = "1",
      description = "Views of a batch; peers hand them out one by one.")
  private int batchSize;

  @Option(
      names = "--passes",
      paramLabel = "N",
      defaultValue = "0",
      description =
          "How often an epoch visits each view, each time in another order; 0 for as often as makes"
              + " 4096 visits.")
  private int passes;

  @Option(names = "--epochs", paramLabel = "N", defaultValue = "10")
  private int epochs;

  @Option(
      names = "--rounds",
      paramLabel = "N",
      defaultValue = "5",
      description = "Rounds of writing, reading and the peers; the median counts.")
  private int rounds;

  @Option(
      names = "--decode-threads",
      paramLabel = "N",
      defaultValue = "1",
      description = "As replay.decode-threads of a run.")
  private int decodeThreads;

  @Option(
      names = "--dir",
      paramLabel = "DIR",
      description = "Folder for the files, on the disk to be measured; emptied again.")
  private Path folder;

  /** Where the tensors are from. */
  static final class Source {
    @Option(names = "--tensors", paramLabel = "FILE.npz", description = "NumPy archive.")
    private Path tensors;

    @Option(
        names = "--recording",
        paramLabel = "NAME",
        description = "A recording of teacher outputs.")
    private String recording;
  }

  @Override
  public Integer call() throws IOException, InterruptedException {
    check();
    ReplayBench.Settings settings =
        new ReplayBench.Settings(
            encodings.stream().map(ReplayBench::encoding).toList(),
            views,
            batchSize,
            passes,
            epochs,
            rounds,
            decodeThreads);
    PeerBench others = peers.bench(source.tensors);
    ReplayBench bench =
        source.tensors != null
            ? ReplayBench.ofArchive(
                settings,
                source.tensors,
                levels.stream().map(CanvasSize::parse).toList(),
                others,
                Displays.standardError())
            : ReplayBench.ofRecording(
                settings,
                connection.clientProperties(),
                source.recording,
                views == 0 ? 64 : views,
                Displays.standardError());
    try (ScratchFolder scratch = ScratchFolder.in(folder)) {
      Map<String, Object> measured = bench.run(scratch.path());
      return figures.print(measured, () -> ReplayTable.of(measured));
    }
  }

  private void check() {
    BenchCommand.positive("--batch-size", batchSize);
    BenchCommand.notNegative("--views", views);
    BenchCommand.notNegative("--passes", passes);
    BenchCommand.positive("--epochs", epochs);
    BenchCommand.positive("--rounds", rounds);
    BenchCommand.positive("--decode-threads", decodeThreads);
    if (source.tensors != null) {
      if (!Files.isRegularFile(source.tensors)) {
        throw new UserMistakeException("--tensors " + source.tensors + ": found no such file");
      }
      if (levels == null) {
        throw new UserMistakeException("--levels: expected the levels of --tensors");
      }
    }
  }
}
