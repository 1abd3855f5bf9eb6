package dev.lectern.cli;

import dev.lectern.schemas.config.UserMistakeException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Unmatched;

/** {@code lectern bench} where the benchmarks are not installed: says where to find them. */
@Command(
    name = AbsentBenchCommand.NAME,
    description = "Measure; comes with a source checkout of Lectern.")
final class AbsentBenchCommand implements Callable<Integer> {
  static final String NAME = "bench";

  @Unmatched private List<String> arguments = new ArrayList<>();

  @Override
  public Integer call() {
    throw new UserMistakeException(
        "bench: the benchmarks come with a source checkout of Lectern; run there: ./lectern bench "
            + String.join(" ", arguments));
  }
}
