package dev.lectern.teacher.model;

import ai.onnxruntime.OrtException;
import dev.lectern.schemas.config.OneLine;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What ONNX Runtime says went wrong, in one line and without what it says for its developers. */
public final class OnnxReason {
  private static final Pattern CODE = Pattern.compile("^Error code - \\w+ - message: ");

  /** A place in its source; the signature of a C++ function follows. */
  private static final Pattern SOURCE = Pattern.compile("\\S+\\.(?:cc|cpp|cu|h):\\d+ ");

  private OnnxReason() {}

  /** The message without error code, source lines and signatures. */
  public static String of(OrtException failure) {
    if (failure.getMessage() == null) {
      return "no reason given";
    }
    String line = CODE.matcher(OneLine.of(failure.getMessage())).replaceFirst("");
    StringBuilder kept = new StringBuilder();
    Matcher source = SOURCE.matcher(line);
    int from = 0;
    while (source.find(from)) {
      kept.append(line, from, source.start());
      from = afterSignature(line, source.end());
    }
    String reason = kept.append(line.substring(from)).toString().strip();
    return reason.isEmpty() ? line : reason;
  }

  /** The end of {@code type name(parameters) const}; where it begins if there are no parameters. */
  private static int afterSignature(String line, int begin) {
    int depth = 0;
    for (int at = line.indexOf('(', begin); at >= 0 && at < line.length(); at++) {
      char c = line.charAt(at);
      depth += c == '(' ? 1 : c == ')' ? -1 : 0;
      if (depth > 0 || c != ')') {
        continue;
      }
      // The parentheses of "operator()(int)" and "(anonymous namespace)::" belong to the name.
      String rest = line.substring(at + 1);
      if (!rest.startsWith("(") && !rest.startsWith("::")) {
        return line.length() - rest.replaceFirst("^( const)? ", "").length();
      }
    }
    return begin;
  }
}
