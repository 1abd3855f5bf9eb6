package dev.lectern.cli.progress;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import java.util.function.IntSupplier;
import org.jline.utils.Signals;

/**
 * Columns of the terminal at standard error, asked anew when its window is resized.
 *
 * <p>Asks {@code stty}, which changes nothing. Opening the terminal, as terminal libraries do to
 * learn its width, takes over Ctrl-C and stops processes in the background.
 */
final class TerminalWidth implements IntSupplier {
  private static final int UNKNOWN = 80;

  private volatile int columns = ask();

  TerminalWidth() {
    Signals.register("WINCH", () -> columns = ask());
  }

  @Override
  public int getAsInt() {
    return columns;
  }

  private static int ask() {
    try {
      Process stty =
          new ProcessBuilder("sh", "-c", "stty size <&2 2>/dev/null")
              .redirectError(ProcessBuilder.Redirect.INHERIT)
              .start();
      String answer =
          new String(stty.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
      stty.waitFor(1, TimeUnit.SECONDS);
      return columns(answer);
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
  static int columns(String answer) {
    if (!answer.matches("\\d{1,5} \\d{1,5}")) {
      return UNKNOWN;
    }
    int columns = Integer.parseInt(answer.substring(answer.indexOf(' ') + 1));
    return columns == 0 ? UNKNOWN : columns;
  }
}
