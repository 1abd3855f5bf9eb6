package dev.lectern.cli.progress;

import java.io.OutputStream;
import java.io.PrintStream;

/**
 * The bottom line of a terminal, redrawn in place. Whatever else goes to the terminal is written to
 * this stream and appears above the line, never beside it.
 *
 * <p>Thread-safe.
 */
final class TerminalLine extends OutputStream {
  /** To the first column, and erase to the end of the line (ECMA-48 EL). */
  private static final String CLEAR = "\r\u001b[K";

  private final PrintStream terminal;
  private String line = "";
  private boolean drawn;
  private boolean atStartOfLine = true;

  TerminalLine(PrintStream terminal) {
    this.terminal = terminal;
  }

  /** Draws the line over the one before. */
  synchronized void show(String text) {
    line = text;
    draw();
  }

  /** Leaves what the line says now where it is, and begins a new one. */
  synchronized void leave() {
    if (drawn) {
      terminal.println();
      terminal.flush();
    }
    drawn = false;
    line = "";
  }

  @Override
  public void write(int b) {
    write(new byte[] {(byte) b}, 0, 1);
  }

  @Override
  public synchronized void write(byte[] bytes, int offset, int length) {
    if (length == 0) {
      return;
    }
    if (drawn) {
      terminal.print(CLEAR);
      drawn = false;
    }
    terminal.write(bytes, offset, length);
    atStartOfLine = bytes[offset + length - 1] == '\n';
    draw();
  }

  @Override
  public synchronized void flush() {
    terminal.flush();
  }

  /** Others may be in the middle of a line; then nothing is drawn before its end. */
  private void draw() {
    if (atStartOfLine && !line.isEmpty()) {
      terminal.print(CLEAR + line);
      drawn = true;
    }
    terminal.flush();
  }
}
