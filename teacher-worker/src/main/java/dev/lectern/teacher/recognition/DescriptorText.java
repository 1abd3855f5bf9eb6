package dev.lectern.teacher.recognition;

import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/** Writes the YAML of a descriptor so that people can read and change it. */
final class DescriptorText {
  private final StringBuilder yaml = new StringBuilder();

  static String quoted(String text) {
    return "\"" + text.replace("\\", "\\\\").replace("\"", "\\\"") + "\"";
  }

  /** A comment of its own line. */
  DescriptorText comment(String text) {
    yaml.append("# ").append(text).append('\n');
    return this;
  }

  DescriptorText line(String key, String value) {
    yaml.append(key).append(": ").append(value).append('\n');
    return this;
  }

  DescriptorText start(String key) {
    yaml.append(key).append(":\n");
    return this;
  }

  DescriptorText item(String value) {
    yaml.append("  - ").append(value).append('\n');
    return this;
  }

  DescriptorText tensor(String name, ModelTensor of, int stride, String conversion) {
    return item(
        "{name: "
            + name
            + ", output: "
            + quoted(of.name())
            + ", stride: "
            + stride
            + (conversion.isEmpty() ? "" : ", conversion: " + conversion)
            + "}");
  }

  DescriptorText feature(int level, ModelTensor of, int stride) {
    return item(
        String.format(
            Locale.ROOT,
            "{name: fpn.%d, output: %s, shape: [%d, %d, %d], stride: %d}",
            level,
            quoted(of.name()),
            of.shape()[1],
            of.shape()[2],
            of.shape()[3],
            stride));
  }

  static String names(List<String> names) {
    return names.stream().map(DescriptorText::quoted).collect(Collectors.joining(", ", "[", "]"));
  }

  @Override
  public String toString() {
    return yaml.toString();
  }
}
