package dev.lectern.golden;

import dev.lectern.schemas.config.UserMistakeException;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.spi.ToolProvider;

/**
 * The golden vectors as a tool of the class path, which {@code lectern losses --verify} runs.
 *
 * <p>Arguments: the folder of the cases, then the ids of the methods to run; none for all.
 */
public final class GoldenTool implements ToolProvider {
  @Override
  public String name() {
    return "lectern-golden";
  }

  /**
   * Verifies the cases.
   *
   * @return 0 if all passed, 1 if one failed
   * @throws UserMistakeException if a method is unknown or the folder has no case
   */
  @Override
  public int run(PrintWriter out, PrintWriter err, String... arguments) {
    Path folder = Path.of(arguments[0]);
    Set<String> methods = Set.copyOf(List.of(arguments).subList(1, arguments.length));
    Set<String> known = new TreeSet<>(CaseRunners.all().keySet());
    known.add("network");
    for (String method : methods) {
      if (!known.contains(method)) {
        throw new UserMistakeException(
            "--method " + method + ": expected one of " + String.join(", ", known));
      }
    }
    GoldenVerifier.Summary summary;
    try {
      summary = GoldenVerifier.verify(folder, methods, out);
    } catch (IOException e) {
      throw new UncheckedIOException("--verify " + folder + ": cannot be read", e);
    }
    if (summary.passed() + summary.failed() == 0) {
      throw new UserMistakeException(
          "--verify " + folder + ": found no case, expected folders with a case.json");
    }
    return summary.isClean() ? 0 : 1;
  }
}
