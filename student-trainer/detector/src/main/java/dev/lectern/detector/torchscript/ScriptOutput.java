package dev.lectern.detector.torchscript;

import dev.lectern.schemas.config.UserMistakeException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * What one output of a module is.
 *
 * @param stride pixels per cell of the level it belongs to
 */
record ScriptOutput(Kind kind, int stride) {

  /** Meaning of an output, as written in a specification before the stride. */
  enum Kind {
    CLS,
    DIST,
    FEAT
  }

  /** Reads names such as {@code cls_8}. */
  static List<ScriptOutput> parse(List<String> names, List<Integer> strides) {
    List<ScriptOutput> outputs = new ArrayList<>();
    for (String name : names) {
      ScriptOutput output = parse(name);
      if (!strides.contains(output.stride())) {
        throw mistake(name, "a stride of " + strides);
      }
      if (outputs.contains(output)) {
        throw mistake(name + " twice", "each output once");
      }
      outputs.add(output);
    }
    return outputs;
  }

  private static ScriptOutput parse(String name) {
    int split = name.indexOf('_');
    try {
      Kind kind = Kind.valueOf(name.substring(0, Math.max(split, 0)).toUpperCase(Locale.ROOT));
      return new ScriptOutput(kind, Integer.parseInt(name.substring(split + 1)));
    } catch (IllegalArgumentException e) {
      throw mistake(name, "cls, dist or feat, an underscore and a stride");
    }
  }

  private static UserMistakeException mistake(String found, String expected) {
    return new UserMistakeException(
        "detector: script.outputs: found " + found + ", expected " + expected);
  }
}
