package dev.lectern.detector.weights;

import java.io.IOException;

/** A weights file whose bytes are not what was written: cut short, changed, or another format. */
public final class CorruptWeightsException extends IOException {
  private static final long serialVersionUID = 1L;

  public CorruptWeightsException(String message) {
    super(message);
  }

  public CorruptWeightsException(String message, Throwable cause) {
    super(message, cause);
  }
}
