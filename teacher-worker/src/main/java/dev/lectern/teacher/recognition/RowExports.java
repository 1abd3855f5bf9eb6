package dev.lectern.teacher.recognition;

import dev.lectern.teacher.recognition.PublishedHead.Shown;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * Recognises outputs with rows over all cells of a usual pyramid, channels first (N, C, R) or last
 * (N, R, C).
 */
final class RowExports {
  static final List<List<Integer>> PYRAMIDS =
      List.of(
          List.of(8, 16, 32),
          List.of(8, 16, 32, 64),
          List.of(8, 16, 32, 64, 128),
          List.of(4, 8, 16, 32),
          List.of(16, 32, 64, 128));

  private static final int SIDES = 4;
  private static final int RETINA_ANCHORS = 9;

  private final ModelContents model;
  private final List<String> classNames;
  private final List<Integer> strides;

  private RowExports(ModelContents model, List<String> classNames, List<Integer> strides) {
    this.model = model;
    this.classNames = classNames;
    this.strides = strides;
  }

  /**
   * What the first pyramid says that fits.
   *
   * @param classNames empty where unknown
   */
  static Optional<Recognition> recognise(ModelContents model, List<String> classNames) {
    return PYRAMIDS.stream()
        .map(strides -> new RowExports(model, classNames, strides).recognise())
        .flatMap(Optional::stream)
        .findFirst();
  }

  /**
   * Why an output that has rows over a pyramid fits no head of so many classes.
   *
   * @param classNames empty where unknown
   */
  static Optional<Recognition> misfit(ModelContents model, List<String> classNames) {
    return PYRAMIDS.stream()
        .map(strides -> new RowExports(model, classNames, strides).misfit())
        .flatMap(Optional::stream)
        .findFirst();
  }

  private Optional<Recognition> misfit() {
    List<ModelTensor> columns = withRows(2, 1);
    List<ModelTensor> outputs = columns.isEmpty() ? withRows(1, 1) : columns;
    if (outputs.size() != 1 || classNames.isEmpty()) {
      return Optional.empty();
    }
    ModelTensor output = outputs.get(0);
    long channels = output.shape()[columns.isEmpty() ? 2 : 1];
    return Optional.of(
        Recognition.refused(
            "rows over all levels, " + output,
            "of "
                + channels
                + " channels "
                + classNames.size()
                + " class names leave "
                + (channels - classNames.size())
                + ", expected 4 (decoded boxes), "
                + (columns.isEmpty() ? "5 (YOLOX), " : "")
                + "or 4 times 8, 16 or 17 bins: give the names of the model's classes, or describe"
                + " it tensor by tensor (teacher-worker/README.md, Descriptors)"));
  }

  private Optional<Recognition> recognise() {
    List<ModelTensor> columns = withRows(2, 1);
    List<ModelTensor> rows = withRows(1, 1);
    List<ModelTensor> ninefold = withRows(1, RETINA_ANCHORS);
    if (columns.size() == 1 && rows.size() == 1 && rows.get(0).shape()[2] == SIDES) {
      return Optional.of(
          written(head("boxes-apart"), columns.get(0), "columns", rows.get(0), "rows xyxy"));
    }
    if (columns.size() == 1) {
      return together(columns.get(0), 1);
    }
    if (columns.size() > 1) {
      return apart(columns, 1);
    }
    if (rows.size() == 1) {
      return together(rows.get(0), 2);
    }
    if (rows.size() > 1) {
      return apart(rows, 2);
    }
    return ninefold.size() == 2 ? retinanet(ninefold) : Optional.empty();
  }

  private List<ModelTensor> withRows(int axis, int anchors) {
    long rows = anchors * model.rows(strides);
    return model.outputs().stream()
        .filter(t -> t.isFloat() && t.rank() == 3 && t.shape()[axis] == rows)
        .toList();
  }

  private Optional<Recognition> needsNames(String outputs, String unknown) {
    return Optional.of(
        Recognition.refused(
            "rows over all levels, " + outputs,
            "the file does not say " + unknown + ": give --class-names or --class-names-file"));
  }

  /** Class outputs and boxes in one output, with its channels at an axis. */
  private Optional<Recognition> together(ModelTensor output, int axis) {
    if (classNames.isEmpty()) {
      return needsNames(output.toString(), "how many of its channels are classes");
    }
    return axis == 1 || Ultralytics.made(model.metadata())
        ? ultralytics(output, axis)
        : ofRows(output);
  }

  /** Boxes, then classes. */
  private Optional<Recognition> ultralytics(ModelTensor output, int axis) {
    String layout = layout(axis);
    long channels = output.shape()[axis];
    long box = channels - classNames.size();
    String task = model.metadata().getOrDefault("task", "");
    String scores = layout + " " + box + ":" + channels;
    if (box == SIDES) {
      return Optional.of(
          written(
              head("ultralytics-decoded"),
              output,
              scores + " logit",
              output,
              layout + " 0:4 cxcywh"));
    }
    if (task.matches("segment|pose")) {
      return Optional.of(
          Recognition.refused(
              "Ultralytics " + task,
              "mask coefficients or key points follow the classes in " + output,
              "export to ONNX (yolo export format=onnx): its inner tensors before the decoding lose"
                  + " nothing"));
    }
    return HeadParts.USUAL_BINS.contains(box)
        ? Optional.of(
            written(
                PublishedHead.ultralytics(shown(box)),
                output,
                scores,
                output,
                layout + " 0:" + box))
        : Optional.empty();
  }

  /** PP-YOLOE and YOLOX: boxes first; NanoDet: classes first. */
  private Optional<Recognition> ofRows(ModelTensor output) {
    long channels = output.shape()[2];
    int classes = classNames.size();
    long box = channels - classes;
    if (box == SIDES) {
      return Optional.of(
          written(
              head("ppyoloe-rows"),
              output,
              "rows 4:" + channels + " logit",
              output,
              "rows 0:4 xyxy"));
    }
    if (box == SIDES + 1) {
      return Optional.of(
          written(
              head("yolox-rows"),
              output,
              "rows 5:" + channels + " logit",
              output,
              "rows 0:4",
              output,
              "rows 4:5 logit"));
    }
    return HeadParts.USUAL_BINS.contains(box)
        ? Optional.of(
            written(
                PublishedHead.nanodet(shown(box)),
                output,
                "rows 0:" + classes + " logit",
                output,
                "rows " + classes + ":" + channels))
        : Optional.empty();
  }

  /** Class outputs, boxes and perhaps centerness apart. */
  private Optional<Recognition> apart(List<ModelTensor> outputs, int axis) {
    Optional<HeadParts> found = HeadParts.of(outputs, axis, classNames.size(), 0);
    if (found.filter(parts -> !parts.isOne()).isEmpty()) {
      return Optional.empty();
    }
    HeadParts parts = found.get();
    String layout = layout(axis);
    long channels = parts.boxes().shape()[axis];
    if (!parts.told() && classNames.isEmpty() && parts.scores().shape()[axis] != channels) {
      return needsNames(
          outputs.stream().map(ModelTensor::toString).collect(Collectors.joining(", ")),
          "which of them are classes");
    }
    if (channels == SIDES) {
      return Optional.of(
          parts.quality() == null
              ? written(head("boxes-apart"), parts, axis, layout + " xyxy")
              : written(head("torchvision-fcos"), parts, axis, layout));
    }
    return channels >= 16 && parts.quality() == null
        ? Optional.of(written(PublishedHead.ultralytics(shown(channels)), parts, axis, layout))
        : Optional.empty();
  }

  private Optional<Recognition> retinanet(List<ModelTensor> outputs) {
    HeadForm form =
        PublishedHead.named("torchvision-retinanet").of(new Shown("", 0, RETINA_ANCHORS, strides));
    return HeadParts.of(outputs, 2, classNames.size(), SIDES)
        .filter(parts -> parts.boxes().shape()[2] == SIDES)
        .map(parts -> written(form, parts, 2, "rows"));
  }

  private static String layout(int axis) {
    return axis == 1 ? "columns" : "rows";
  }

  private HeadForm head(String name) {
    return PublishedHead.named(name).of(shown(SIDES));
  }

  private Shown shown(long boxChannels) {
    String name = Ultralytics.model(model.metadata()).orElse("YOLO");
    return new Shown(name, (int) (boxChannels / 4), 1, strides);
  }

  private Recognition written(HeadForm form, HeadParts parts, int axis, String boxRows) {
    String layout = layout(axis);
    return written(
        form.alsoUnsure(parts.unsure(axis)),
        parts.scores(),
        layout,
        parts.boxes(),
        boxRows,
        parts.quality(),
        layout);
  }

  private Recognition written(
      HeadForm form, ModelTensor scores, String scoreRows, ModelTensor boxes, String boxRows) {
    return written(form, scores, scoreRows, boxes, boxRows, null, "");
  }

  private Recognition written(
      HeadForm form,
      ModelTensor scores,
      String scoreRows,
      ModelTensor boxes,
      String boxRows,
      ModelTensor quality,
      String qualityRows) {
    int axis = scoreRows.startsWith("columns") ? 1 : 2;
    int classes = scores == boxes ? classNames.size() : (int) scores.shape()[axis];
    DescriptorText text = DescriptorText.of(model, form, classNames, classes);
    for (int l = 0; l < strides.size(); l++) {
      int stride = strides.get(l);
      text.tensor("cls." + l, scores, stride, scoreRows);
      if (quality != null) {
        text.tensor("ctr." + l, quality, stride, qualityRows);
      }
      text.tensor(form.boxRole() + "." + l, boxes, stride, boxRows);
    }
    return text.end();
  }
}
