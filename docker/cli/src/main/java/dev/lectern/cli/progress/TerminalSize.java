package dev.lectern.cli.progress;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jline.utils.Signals;

/**
 * Rows and columns of a terminal, asked anew when its window is resized.
 *
 * <p>Asks {@code stty}, which changes nothing. Opening the terminal, as terminal libraries do to
 * learn its size, takes over Ctrl-C and stops processes in the background.
 */
public final class TerminalSize {
  private static final Pattern ANSWER = Pattern.compile("(\\d{1,5}) (\\d{1,5})");

  /** Where the terminal does not tell. */
  static final Window UNKNOWN = new Window(24, 80);

  private final int descriptor;
  private volatile Window window;

  /**
   * A size of a window.
   *
   * @param rows of text
   * @param columns of text
   */
  public record Window(int rows, int columns) {}

  private TerminalSize(int descriptor) {
    this.descriptor = descriptor;
    this.window = ask();
    Signals.register("WINCH", () -> window = ask());
  }

  /** Of the terminal that standard output goes to. */
  public static TerminalSize ofStandardOutput() {
    return new TerminalSize(1);
  }

  /** Of the terminal that standard error goes to. */
  static TerminalSize ofStandardError() {
    return new TerminalSize(2);
  }

  /** The present size; 24 rows of 80 columns where the terminal does not tell. */
  public Window window() {
    return window;
  }

  private Window ask() {
    ProcessBuilder.Redirect inherit = ProcessBuilder.Redirect.INHERIT;
    // The terminal is this process's standard output or error; the answer comes through the other.
    try {
      Process stty =
          descriptor == 2
              ? new ProcessBuilder("sh", "-c", "stty size <&2 2>/dev/null")
                  .redirectError(inherit)
                  .start()
              : new ProcessBuilder("sh", "-c", "stty size <&1 >&2 2>/dev/null")
                  .redirectOutput(inherit)
                  .start();
      byte[] answer =
          (descriptor == 2 ? stty.getInputStream() : stty.getErrorStream()).readAllBytes();
      stty.waitFor(1, TimeUnit.SECONDS);
      return window(new String(answer, StandardCharsets.UTF_8).strip());
    } catch (IOException e) {
      return UNKNOWN;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return UNKNOWN;
    }
  }

  /**
   * What {@code stty size} means.
   *
   * @param answer rows and columns; zero where the terminal does not know
   */
  static Window window(String answer) {
    Matcher size = ANSWER.matcher(answer);
    if (!size.matches()) {
      return UNKNOWN;
    }
    int rows = Integer.parseInt(size.group(1));
    int columns = Integer.parseInt(size.group(2));
    return new Window(
        rows == 0 ? UNKNOWN.rows() : rows, columns == 0 ? UNKNOWN.columns() : columns);
  }
}
