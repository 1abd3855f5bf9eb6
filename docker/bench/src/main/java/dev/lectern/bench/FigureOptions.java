package dev.lectern.bench;

import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.lectern.cli.ExitCode;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Supplier;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** How a benchmark prints its figures; the machine is always beside them. */
final class FigureOptions {
  enum Format {
    json,
    table
  }

  @Spec(Spec.Target.MIXEE)
  private CommandSpec command;

  @Option(
      names = "--format",
      paramLabel = "FORMAT",
      defaultValue = "json",
      description = "json or table.")
  private Format format;

  int print(Map<String, Object> figures, Supplier<String> table) throws IOException {
    if (format == Format.json) {
      return json(figures, command);
    }
    PrintWriter out = command.commandLine().getOut();
    out.print(table.get());
    out.println();
    out.println(Machine.line());
    out.flush();
    return ExitCode.DONE;
  }

  /** One line of JSON. */
  static int json(Map<String, Object> figures, CommandSpec command) throws IOException {
    Map<String, Object> all = new LinkedHashMap<>(figures);
    all.put("machine", Machine.figures());
    PrintWriter out = command.commandLine().getOut();
    out.println(new JsonMapper().writeValueAsString(all));
    out.flush();
    return ExitCode.DONE;
  }
}
