package dev.lectern.teacher.recognition;

import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;

/**
 * An input besides the picture, by what its name stands for in known exports.
 *
 * @param rule as descriptors have it
 * @param values of a constant, those of a view
 * @param known whether exports are known that have it
 */
record FurtherInput(String rule, double[] values, boolean known) {
  /** What an input of this name is fed with. */
  static FurtherInput of(String name) {
    String word = name.toLowerCase(Locale.ROOT);
    if (word.contains("orig") || word.contains("target_size")) {
      return new FurtherInput("width_height", null, true);
    }
    if (word.contains("shape") || word.contains("size")) {
      return new FurtherInput("height_width", null, true);
    }
    return new FurtherInput("constant", new double[] {1}, word.contains("scale_factor"));
  }

  static double[] values(String name, ModelContents.Size size) {
    FurtherInput input = of(name);
    return switch (input.rule) {
      case "width_height" -> new double[] {size.width(), size.height()};
      case "height_width" -> new double[] {size.height(), size.width()};
      default -> input.values;
    };
  }

  /** As a descriptor writes it. */
  static String yaml(ModelTensor input) {
    FurtherInput further = of(input.name());
    long numbers = Arrays.stream(input.shape()).filter(d -> d >= 0).reduce(1, Math::multiplyExact);
    return "{name: "
        + DescriptorText.quoted(input.name())
        + ", type: "
        + input.type()
        + ", rule: "
        + further.rule
        + ", shape: "
        + Arrays.toString(input.shape())
        + (further.values == null
            ? ""
            : ", values: ["
                + java.util.stream.LongStream.range(0, numbers)
                    .mapToObj(i -> "1")
                    .collect(Collectors.joining(", "))
                + "]")
        + "}";
  }
}
