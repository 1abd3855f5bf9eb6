package dev.lectern.teacher.model;

import dev.lectern.schemas.config.FileError;
import dev.lectern.schemas.config.UserMistakeException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Enumeration;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.ZipEntry;
import java.util.zip.ZipException;
import java.util.zip.ZipFile;

/** A TorchScript file, which is a ZIP archive with Python text, and what libtorch says of it. */
public final class ScriptCode {
  private static final Pattern CAUSE = Pattern.compile("[\\w.]*(Error|Exception): ");

  private static final Pattern DEVICE =
      Pattern.compile("torch\\.device\\(\"((?:cuda|mps|xpu)[^\"]*)\"\\)");

  private static final Pattern HALF = Pattern.compile("\\b(Half|HalfTensor|BFloat16)\\b");

  /** A line of more characters is cut after its first sentence. */
  private static final int LONG = 300;

  private ScriptCode() {}

  /** The device that the code places tensors on, as traces made on a GPU do: {@code cuda:0}. */
  static Optional<String> device(Path file) {
    return text(file, ".py", code -> DEVICE.matcher(code).find())
        .map(DEVICE::matcher)
        .filter(Matcher::find)
        .map(found -> found.group(1));
  }

  /** What a user can do about a model that does not run, after a semicolon; may be empty. */
  public static String wayOut(Path file, Exception failure) {
    Optional<String> device = device(file);
    if (device.isPresent()) {
      return "; the trace names the device " + device.get() + ": trace the model again on the CPU";
    }
    return HALF.matcher(cause(failure)).find()
        ? "; its weights have half precision: call model.float() before it is exported"
        : "";
  }

  /** Of a model that returns something else beside tensors, or in place of them. */
  public static UserMistakeException noTensor(Path file, UnsupportedOperationException failure) {
    return new UserMistakeException(
        "model "
            + file
            + ": found an output that is no tensor, expected tensors: export the model with tensors"
            + " as outputs",
        failure);
  }

  /** The first text inside whose name ends like this; empty if there is none. */
  public static Optional<String> text(Path file, String ending) {
    return text(file, ending, text -> true);
  }

  private static Optional<String> text(Path file, String ending, Predicate<String> wanted) {
    try (ZipFile zip = new ZipFile(file.toFile())) {
      for (Enumeration<? extends ZipEntry> all = zip.entries(); all.hasMoreElements(); ) {
        ZipEntry entry = all.nextElement();
        if (entry.getName().endsWith(ending)) {
          try (InputStream in = zip.getInputStream(entry)) {
            String text = new String(in.readAllBytes(), StandardCharsets.UTF_8);
            if (wanted.test(text)) {
              return Optional.of(text);
            }
          }
        }
      }
      return Optional.empty();
    } catch (ZipException e) {
      return Optional.empty();
    } catch (IOException e) {
      throw new UserMistakeException(
          "model " + file + ": cannot be read: " + FileError.reason(e), e);
    }
  }

  /** The cause that libtorch names after its traces, else the first line; a long one is cut. */
  public static String cause(Exception e) {
    String text = e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage().strip();
    return text.lines()
        .map(String::strip)
        .filter(line -> CAUSE.matcher(line).lookingAt())
        .reduce((first, last) -> last)
        .or(() -> text.lines().findFirst())
        .map(line -> line.length() > LONG ? line.replaceFirst("(?<=[.]) .*", "") : line)
        .orElse("");
  }
}
