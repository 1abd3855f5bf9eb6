package dev.lectern.teacher.recognition;

import dev.lectern.schemas.config.UserMistakeException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** Writes the YAML of a descriptor so that people can read and change it. */
final class DescriptorText {
  private static final int BATCH_SIZE = 8;

  private final StringBuilder yaml = new StringBuilder();
  private final ModelContents model;
  private final HeadForm form;
  private final List<String> classNames;
  private final List<String> unsure;
  private final List<ModelTensor> furtherInputs;

  private DescriptorText(ModelContents model, HeadForm form, List<String> names, int classes) {
    this.model = model;
    this.form = form;
    this.classNames =
        names.isEmpty() ? IntStream.range(0, classes).mapToObj(k -> "class " + k).toList() : names;
    this.unsure = new ArrayList<>(form.unsure());
    this.furtherInputs =
        model.inputs().stream().filter(t -> !t.name().equals(model.image().name())).toList();
    furtherInputs.stream()
        .filter(input -> !FurtherInput.of(input.name()).known())
        .forEach(input -> unsure.add("the value of input '" + input.name() + "', 1 here"));
    if (names.isEmpty()) {
      unsure.add("class-names: give --class-names-file, or write them");
    }
  }

  /**
   * A descriptor up to its tensors.
   *
   * @param names of the classes; empty where unknown
   * @throws UserMistakeException if the names are not as many as the classes
   */
  static DescriptorText of(ModelContents model, HeadForm form, List<String> names, int classes) {
    if (!names.isEmpty() && names.size() != classes) {
      throw new UserMistakeException(
          "class names: found "
              + names.size()
              + ", the model "
              + model.file()
              + " has "
              + classes
              + " classes");
    }
    DescriptorText text = new DescriptorText(model, form, names, classes);
    text.start();
    return text;
  }

  private void start() {
    yaml.append("# ").append(form.export()).append(".\n");
    unsure.forEach(
        what -> yaml.append("# Check, the file does not say: ").append(what).append(".\n"));
    String file = model.file().getFileName().toString();
    line(
        "name",
        quoted(file.replaceFirst("(\\.torchscript)?\\.(onnx|pth?)$", "").replace('@', '-')));
    Map<String, Object> input = new LinkedHashMap<>();
    input.put("name", quoted(model.image().name()));
    input.put("width", model.width());
    input.put("height", model.height());
    input.putAll(form.input());
    line("input", flow(input));
    if (!furtherInputs.isEmpty()) {
      yaml.append("extra-inputs:\n");
      furtherInputs.forEach(further -> item(FurtherInput.yaml(further)));
    }
    line("family", form.family());
    if (!form.classes().isEmpty()) {
      line("classes", flow(form.classes()));
    }
    if (!form.boxes().isEmpty()) {
      line("boxes", flow(form.boxes()));
    }
    if (!form.priors().isEmpty()) {
      line("priors", flow(form.priors()));
    }
    if (!form.quality().equals("none")) {
      line("quality", form.quality());
    }
    yaml.append("tensors:\n");
  }

  void tensor(String name, ModelTensor of, int stride, String conversion) {
    item(
        "{name: "
            + name
            + ", output: "
            + quoted(of.name())
            + ", stride: "
            + stride
            + (conversion.isEmpty() ? "" : ", conversion: " + conversion)
            + "}");
  }

  /**
   * A tensor of instances.
   *
   * @param numbers of a row; 0 for one number without a dimension of its own
   */
  void instances(String name, ModelTensor of, long rows, long numbers, String conversion) {
    item(
        "{name: "
            + name
            + ", output: "
            + quoted(of.name())
            + ", shape: ["
            + rows
            + (numbers == 0 ? "" : ", " + numbers)
            + "]"
            + (conversion.isEmpty() ? "" : ", conversion: " + conversion)
            + "}");
  }

  void feature(int level, ModelTensor of, int stride) {
    item(
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

  /** The whole, after the tensors. */
  Recognition end() {
    line("class-names", list(classNames));
    long batch = model.image().shape()[0];
    line("batch-size", String.valueOf(batch > 0 ? batch : BATCH_SIZE));
    if (model.graph().isEmpty()) {
      line("outputs", list(model.outputs().stream().map(ModelTensor::name).toList()));
    }
    return new Recognition(form.export(), yaml.toString(), unsure, form.advice(), null);
  }

  private void line(String key, String value) {
    yaml.append(key).append(": ").append(value).append('\n');
  }

  private void item(String value) {
    yaml.append("  - ").append(value).append('\n');
  }

  /** On one line: {key: value, ...}. */
  private static String flow(Map<?, ?> keys) {
    return keys.entrySet().stream()
        .map(
            key ->
                key.getKey()
                    + ": "
                    + (key.getValue() instanceof Map<?, ?> inner ? flow(inner) : key.getValue()))
        .collect(Collectors.joining(", ", "{", "}"));
  }

  private static String list(List<String> names) {
    return names.stream().map(DescriptorText::quoted).collect(Collectors.joining(", ", "[", "]"));
  }

  static String quoted(String text) {
    return "\"" + text.replace("\\", "\\\\").replace("\"", "\\\"") + "\"";
  }
}
