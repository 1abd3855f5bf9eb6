package dev.lectern.cli;

import java.io.PrintWriter;
import java.io.StringWriter;

/**
 * What a command left behind that ran in this process.
 *
 * @param out standard output
 * @param err standard error, without logs
 */
public record CommandRun(int exitCode, String out, String err) {
  public static CommandRun of(String... arguments) {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    int exitCode =
        CommandLines.lectern()
            .setOut(new PrintWriter(out))
            .setErr(new PrintWriter(err))
            .execute(arguments);
    return new CommandRun(exitCode, out.toString(), err.toString());
  }
}
