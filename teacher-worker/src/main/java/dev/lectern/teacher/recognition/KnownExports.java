package dev.lectern.teacher.recognition;

import dev.lectern.schemas.config.UserMistakeException;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Recognises exports by what they hold: maps per level among the outputs or the last convolutions
 * of the graph, else rows over all levels, else sets of boxes.
 */
public final class KnownExports {
  /** Numbers of inputs beside the image. */
  private static final Set<String> FED_BESIDE = Set.of("float32", "int32", "int64");

  private KnownExports() {}

  /**
   * Recognises a model.
   *
   * @param classNames in label order; empty where only the file itself may know them
   * @throws UserMistakeException if the class names are not as many as the model has classes
   */
  public static Recognition of(ModelContents model, List<String> classNames) {
    String task = model.metadata().getOrDefault("task", "");
    if (task.matches("classify|obb")) {
      return Recognition.refused(
          "Ultralytics " + task,
          "not a detector of upright boxes, the only ones that can be recorded");
    }
    if (!model.image().isFloat()) {
      return ofNumbers(model.image().type(), "teachers are fed with float32");
    }
    for (ModelTensor input : model.inputs()) {
      if (!FED_BESIDE.contains(input.type())) {
        return ofNumbers(
            input.type(),
            "input '"
                + input.name()
                + "' takes "
                + input.type()
                + ", expected float32, int32 or int64");
      }
    }
    List<String> names =
        classNames.isEmpty() ? Ultralytics.classNames(model.metadata()) : List.copyOf(classNames);
    Recognition found =
        MapExports.recognise(model, names)
            .or(() -> RowExports.recognise(model, names))
            .or(() -> SetExports.recognise(model, names))
            .or(() -> MapExports.together(model, names))
            .or(() -> RowExports.misfit(model, names))
            .or(() -> ofHalves(model))
            .orElseGet(() -> unknown(model));
    List<String> scalings =
        model.graph().map(graph -> graph.scalingsOf(model.image().name())).orElse(List.of());
    return found.descriptor() == null || scalings.isEmpty()
        ? found
        : found.alsoUnsure(
            "input: the graph normalises the image itself ("
                + String.join(", ", scalings)
                + "): mean 0 and std 1, unless it expects numbers that are normalised before");
  }

  private static Optional<Recognition> ofHalves(ModelContents model) {
    return model.outputs().stream()
        .map(ModelTensor::type)
        .filter(type -> type.matches("b?float16|double"))
        .findFirst()
        .map(type -> ofNumbers(type, "outputs are read as float32"));
  }

  private static Recognition ofNumbers(String type, String reason) {
    return Recognition.refused(
        "a model with " + type + " numbers",
        reason,
        "export with float32 inputs and outputs (Ultralytics: half=False)");
  }

  private static Recognition unknown(ModelContents model) {
    return Recognition.refused(
        "no known export",
        "looked for class and box outputs with the rows and columns of the strides "
            + HeadTensors.STRIDES.stream().map(String::valueOf).collect(Collectors.joining(", "))
            + " for images of "
            + model.width()
            + "x"
            + model.height()
            + ", as outputs"
            + (model.graph().isPresent() ? " or last convolutions" : "")
            + ", and for rows over "
            + RowExports.PYRAMIDS.stream()
                .map(strides -> String.valueOf(model.rows(strides)))
                .collect(Collectors.joining(", "))
            + " cells; describe it tensor by tensor (teacher-worker/README.md, Descriptors)");
  }
}
