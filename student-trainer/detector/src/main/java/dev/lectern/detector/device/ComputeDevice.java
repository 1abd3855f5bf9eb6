package dev.lectern.detector.device;

import dev.lectern.schemas.config.UserMistakeException;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What a network runs on.
 *
 * @param type processor or NVIDIA GPU
 * @param index of the GPU, from 0
 */
public record ComputeDevice(Type type, int index) {
  /** Kinds of device. */
  public enum Type {
    CPU,
    CUDA
  }

  public static final ComputeDevice CPU = new ComputeDevice(Type.CPU, 0);

  private static final Pattern CUDA = Pattern.compile("(?:cuda|gpu)(?::(\\d{1,3}))?");

  /**
   * @param text {@code cpu}, {@code cuda} (the first GPU) or {@code cuda:N}; {@code gpu} is another
   *     word for {@code cuda}
   * @throws UserMistakeException if it is anything else
   */
  public static ComputeDevice parse(String text) {
    return parse(text, "cpu, cuda or cuda:N");
  }

  static ComputeDevice parse(String text, String expected) {
    String lower = text.strip().toLowerCase(Locale.ROOT);
    if (lower.equals("cpu")) {
      return CPU;
    }
    Matcher cuda = CUDA.matcher(lower);
    if (!cuda.matches()) {
      throw new UserMistakeException("device '" + text + "': expected " + expected);
    }
    return new ComputeDevice(
        Type.CUDA, cuda.group(1) == null ? 0 : Integer.parseInt(cuda.group(1)));
  }

  @Override
  public String toString() {
    return type == Type.CPU ? "cpu" : "cuda:" + index;
  }
}
