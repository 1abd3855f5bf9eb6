package dev.lectern.detector.torchscript;

import dev.lectern.schemas.config.UserMistakeException;
import dev.lectern.schemas.descriptor.TensorRole;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * What one output of a module is.
 *
 * @param stride pixels per cell of the level it belongs to
 */
record ScriptOutput(TensorRole role, int stride) {
  /** How specifications call the neck's features. */
  private static final String FEATURE = "feat";

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
    int split = Math.max(name.indexOf('_'), 0);
    try {
      return new ScriptOutput(
          role(name.substring(0, split)), Integer.parseInt(name.substring(split + 1)));
    } catch (IllegalArgumentException e) {
      throw mistake(name, "cls, dist or feat, an underscore and a stride");
    }
  }

  private static TensorRole role(String word) {
    return word.equalsIgnoreCase(FEATURE)
        ? TensorRole.FEATURES
        : TensorRole.of(word.toLowerCase(Locale.ROOT) + ".")
            .orElseThrow(() -> new IllegalArgumentException(word));
  }

  /** As a specification writes it. */
  String name() {
    return (role == TensorRole.FEATURES ? FEATURE : role.prefix()) + "_" + stride;
  }

  private static UserMistakeException mistake(String found, String expected) {
    return new UserMistakeException(
        "detector: script.outputs: found " + found + ", expected " + expected);
  }
}
