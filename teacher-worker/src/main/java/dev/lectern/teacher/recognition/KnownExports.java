package dev.lectern.teacher.recognition;

import dev.lectern.schemas.config.UserMistakeException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * Recognises exports by what they hold: maps per level among the outputs or the last convolutions
 * of the graph, else rows over all levels, else sets of boxes.
 */
public final class KnownExports {
  private static final long ROWS_CHANNELS_OF_BOXES = 4;
  private static final long AFTER_SUPPRESSION = 6;
  private static final List<List<Integer>> PYRAMIDS =
      List.of(
          List.of(8, 16, 32),
          List.of(8, 16, 32, 64),
          List.of(8, 16, 32, 64, 128),
          List.of(4, 8, 16, 32),
          List.of(16, 32, 64, 128));

  private static final String IMAGENET_RGB =
      "channels: RGB, mean: [123.675, 116.28, 103.53], std: [58.395, 57.12, 57.375]";
  private static final String NANODET_INPUT =
      "channels: BGR, mean: [103.53, 116.28, 123.675], std: [57.375, 57.12, 58.395]";
  private static final String UNIT_RGB = "channels: RGB, mean: [0, 0, 0], std: [255, 255, 255]";
  private static final String YOLOX_INPUT = "channels: BGR, mean: [0, 0, 0], std: [1, 1, 1]";
  private static final String INPUT_UNKNOWN = "channel order, mean and std of the input";

  private static final String POINTS = "{grid-offset: 0.5}";
  private static final String CORNERS = "{grid-offset: 0.0}";
  private static final String RETINA_CLAMP = "4.135166556742356";

  private final ModelContents model;
  private final List<String> classNames;

  private KnownExports(ModelContents model, List<String> classNames) {
    this.model = model;
    this.classNames = classNames;
  }

  /**
   * Recognises a model.
   *
   * @param classNames in label order; empty where only the file itself may know them
   * @throws UserMistakeException if the class names are not as many as the model has classes
   */
  public static Recognition of(ModelContents model, List<String> classNames) {
    List<String> names =
        classNames.isEmpty() ? Ultralytics.classNames(model.metadata()) : List.copyOf(classNames);
    return new KnownExports(model, names).recognise();
  }

  /** How a head is read. */
  private record Form(
      String export,
      String family,
      String input,
      String boxes,
      String priors,
      String quality,
      int anchors,
      List<String> unsure,
      List<String> advice) {}

  private Recognition recognise() {
    if (model.metadata().getOrDefault("task", "").matches("classify|obb")) {
      return Recognition.refused(
          "Ultralytics " + model.metadata().get("task"),
          "it is no detector of upright boxes, of which recordings are made");
    }
    Optional<HeadTensors> outputs =
        HeadTensors.ofOutputs(model, classNames.size()).filter(head -> !head.isOne());
    Optional<HeadTensors> head =
        outputs.isPresent() ? outputs : HeadTensors.ofInner(model, classNames.size());
    if (head.isPresent()) {
      Optional<Recognition> found = ofMaps(head.get());
      if (found.isPresent()) {
        return found.get();
      }
    }
    Optional<Recognition> rows = ofRows();
    if (rows.isPresent()) {
      return rows.get();
    }
    return ofSets().orElseGet(this::unknown);
  }

  // ------------------------------------------------------------------------------- maps per level

  private Optional<Recognition> ofMaps(HeadTensors head) {
    strides = head.levels().stream().map(HeadTensors.OfLevel::stride).toList();
    String names = head.names();
    if (head.isOne()) {
      return ofOneMap(head);
    }
    long box = head.boxChannels();
    long quality = head.qualityChannels();
    if (Ultralytics.made(model.metadata()) || names.contains("cv2.")) {
      return Optional.of(written(head, ultralytics(box)));
    }
    if (names.contains("reg_preds") || names.contains("cls_preds")) {
      Form yolox =
          new Form(
              "YOLOX",
              "YOLOX",
              YOLOX_INPUT,
              "{form: center}",
              CORNERS,
              "objectness",
              1,
              List.of(),
              List.of());
      return Optional.of(written(head, yolox));
    }
    if (quality > 1 && box == 4 * quality) {
      return Optional.of(written(head, manyAnchors(quality)));
    }
    if (box == 36 && head.scoreChannels() % 9 == 0) {
      return Optional.of(written(head, retina(names)));
    }
    if (quality == 1 && box == 4) {
      return Optional.of(written(head, withCenterness(names)));
    }
    if (box >= 16 && box % 4 == 0 && quality == 0) {
      return Optional.of(written(head, distributions(names, box / 4)));
    }
    return Optional.empty();
  }

  private Form ultralytics(long boxChannels) {
    long bins = boxChannels / 4;
    String name = Ultralytics.model(model.metadata()).orElse("YOLOv8, 11 or 26");
    return new Form(
        "Ultralytics " + name + ", head before its decoding",
        "YOLOV8",
        UNIT_RGB,
        bins == 1 ? "{form: ltrb}" : "{form: distribution, bins: " + bins + "}",
        POINTS,
        "none",
        1,
        List.of(),
        List.of());
  }

  /** NanoDet's class and box outputs are one map. */
  private Optional<Recognition> ofOneMap(HeadTensors head) {
    long box = head.scoreChannels() - classNames.size();
    boolean boxesFirst = Ultralytics.made(model.metadata()) || head.names().matches("p\\d+|raw.*");
    if (classNames.isEmpty() || box < 4 || box % 4 != 0) {
      return head.names().contains("gfl_cls") || boxesFirst
          ? Optional.of(
              Recognition.refused(
                  "class and box outputs in one map of " + head.scoreChannels() + " channels",
                  "the file does not say how many of them are classes: give --class-names or"
                      + " --class-names-file"))
          : Optional.empty();
    }
    if (boxesFirst) {
      return Optional.of(written(head, ultralytics(box)));
    }
    return Optional.of(written(head, nanodet(head.levels().size(), box / 4)));
  }

  private static Form nanodet(int levels, long bins) {
    boolean plus = levels >= 4;
    return new Form(
        plus ? "NanoDet-Plus" : "NanoDet",
        "GFL",
        NANODET_INPUT,
        "{form: distribution, bins: " + bins + "}",
        plus ? CORNERS : POINTS,
        "none",
        1,
        List.of(),
        List.of());
  }

  private Form distributions(String names, long bins) {
    String boxes = "{form: distribution, bins: " + bins + "}";
    if (isPaddle() || names.contains("pred_reg") || bins == 17 && names.contains("ppyoloe")) {
      return new Form(
          "PP-YOLOE, head before its decoding",
          "PPYOLOE",
          UNIT_RGB,
          boxes,
          POINTS,
          "none",
          1,
          List.of("mean and std of the input (PP-YOLOE+: 0 and 255; before it ImageNet's)"),
          List.of());
    }
    if (names.contains("gfl_cls") || names.contains("gfl_reg")) {
      return new Form(
          "mmdetection GFL", "GFL", IMAGENET_RGB, boxes, CORNERS, "none", 1, List.of(), List.of());
    }
    return new Form(
        "a head with box distributions, as GFL and NanoDet have",
        "GFL",
        IMAGENET_RGB,
        boxes,
        POINTS,
        "none",
        1,
        List.of(
            "grid-offset: 0.5 for NanoDet and YOLOv8, 0 for NanoDet-Plus and mmdetection",
            INPUT_UNKNOWN),
        List.of());
  }

  private boolean isPaddle() {
    return model.inputs().stream().anyMatch(t -> t.name().equals("scale_factor"))
        || model.metadata().toString().toLowerCase(Locale.ROOT).contains("paddle");
  }

  private Form manyAnchors(long anchors) {
    return new Form(
        "ATSS with " + anchors + " anchors per cell",
        "ATSS",
        UNIT_RGB,
        "{form: delta, std: [0.1, 0.1, 0.2, 0.2]}",
        "{grid-offset: 0.0, anchors: {sizes: "
            + sizes(stride -> List.of(8.0 * stride))
            + ", ratios: "
            + (anchors == 3
                ? "[0.5, 1, 2]"
                : IntStream.range(0, (int) anchors).mapToObj(i -> "1").toList())
            + "}}",
        "centerness",
        (int) anchors,
        List.of("sizes, ratios and place of the anchors, deviations of the deltas", INPUT_UNKNOWN),
        List.of());
  }

  private interface SizesOfLevel {
    List<Double> of(int stride);
  }

  private List<Integer> strides = List.of();

  private String sizes(SizesOfLevel level) {
    return strides.stream().map(level::of).map(List::toString).toList().toString();
  }

  private Form retina(String names) {
    boolean torchvision = names.contains("classification_head") || names.contains("bbox_reg");
    return new Form(
        torchvision ? "torchvision RetinaNet" : "RetinaNet, as mmdetection exports it",
        "RETINANET",
        IMAGENET_RGB,
        "{form: delta, clamp: " + RETINA_CLAMP + "}",
        "{grid-offset: 0.0, anchors: {sizes: "
            + sizes(
                stride ->
                    torchvision
                        ? List.of(
                            4.0 * stride,
                            (double) (int) (4 * stride * Math.pow(2, 1 / 3.0)),
                            (double) (int) (4 * stride * Math.pow(2, 2 / 3.0)))
                        : List.of(
                            4.0 * stride,
                            4.0 * stride * Math.pow(2, 1 / 3.0),
                            4.0 * stride * Math.pow(2, 2 / 3.0)))
            + ", ratios: [0.5, 1, 2]"
            + (torchvision ? ", rounded: true" : "")
            + "}}",
        "none",
        9,
        torchvision || names.contains("retina") ? List.of() : List.of(INPUT_UNKNOWN),
        List.of());
  }

  private Form withCenterness(String names) {
    if (names.contains("atss")) {
      return new Form(
          "mmdetection ATSS",
          "ATSS",
          IMAGENET_RGB,
          "{form: delta, std: [0.1, 0.1, 0.2, 0.2]}",
          "{grid-offset: 0.0, anchors: {sizes: "
              + sizes(stride -> List.of(8.0 * stride))
              + ", ratios: [1]}}",
          "centerness",
          1,
          List.of(),
          List.of());
    }
    boolean torchvision = names.contains("classification_head") || names.contains("bbox_ctrness");
    return new Form(
        torchvision ? "torchvision FCOS" : "FCOS, as mmdetection exports it",
        "FCOS",
        IMAGENET_RGB,
        torchvision ? "{form: ltrb}" : "{form: ltrb, unit: pixels}",
        torchvision ? CORNERS : POINTS,
        "centerness",
        1,
        torchvision
            ? List.of()
            : List.of(
                "whether boxes are distances (FCOS) or deltas of anchors (ATSS), and their unit",
                INPUT_UNKNOWN),
        List.of());
  }

  private Recognition written(HeadTensors head, Form form) {
    long box = head.isOne() ? head.scoreChannels() - classNames.size() : 0;
    int classes = (int) (head.isOne() ? classNames.size() : head.scoreChannels() / form.anchors());
    boolean boxesFirst = form.family().equals("YOLOV8");
    DescriptorText text = start(form, classes);
    text.start("tensors");
    for (int l = 0; l < strides.size(); l++) {
      HeadTensors.OfLevel level = head.levels().get(l);
      String scores = "";
      String boxes = "";
      if (head.isOne()) {
        scores = "maps " + (boxesFirst ? box + ":" + (box + classes) : "0:" + classes);
        boxes = "maps " + (boxesFirst ? "0:" + box : classes + ":" + (classes + box));
      }
      text.tensor("cls." + l, level.scores(), level.stride(), scores);
      if (level.quality() != null) {
        text.tensor("ctr." + l, level.quality(), level.stride(), "");
      }
      text.tensor(role(form) + "." + l, level.boxes(), level.stride(), boxes);
      if (level.features() != null) {
        text.feature(l, level.features(), level.stride());
      }
    }
    return end(text, form, classes, List.of());
  }

  private static String role(Form form) {
    for (String role : List.of("delta", "ltrb", "center")) {
      if (form.boxes().startsWith("{form: " + role)) {
        return role;
      }
    }
    return "dist";
  }

  // ----------------------------------------------------------------------------- rows of all
  // levels

  private Optional<Recognition> ofRows() {
    for (List<Integer> pyramid : PYRAMIDS) {
      strides = pyramid;
      long rows = model.rows(pyramid);
      List<ModelTensor> columns = model.outputs().stream().filter(t -> is(t, 2, rows)).toList();
      List<ModelTensor> lines = model.outputs().stream().filter(t -> is(t, 1, rows)).toList();
      Optional<Recognition> found =
          columns.size() == 2
              ? ofTwo(columns, 1, "columns")
              : columns.size() == 1
                  ? ofColumns(columns.get(0))
                  : lines.size() >= 2
                      ? ofTwo(lines, 2, "rows")
                      : lines.size() == 1 ? ofLines(lines.get(0)) : Optional.empty();
      if (found.isPresent()) {
        return found;
      }
      List<ModelTensor> ninefold =
          model.outputs().stream().filter(t -> is(t, 1, 9 * rows)).toList();
      if (ninefold.size() == 2) {
        return ofNinefold(ninefold);
      }
    }
    return Optional.empty();
  }

  private static boolean is(ModelTensor tensor, int axis, long rows) {
    return tensor.rank() == 3 && tensor.shape()[axis] == rows;
  }

  private Optional<Recognition> needsNames(ModelTensor output) {
    return Optional.of(
        Recognition.refused(
            "rows over all levels, " + output,
            "the file does not say how many of its channels are classes: give --class-names or"
                + " --class-names-file"));
  }

  private static final List<String> BETTER_ULTRALYTICS =
      List.of(
          "export to ONNX (yolo export format=onnx) instead of TorchScript: its inner tensors before"
              + " the decoding lose nothing");

  private Optional<Recognition> ofColumns(ModelTensor output) {
    long channels = output.shape()[1];
    if (classNames.isEmpty()) {
      return needsNames(output);
    }
    long box = channels - classNames.size();
    if (box == ROWS_CHANNELS_OF_BOXES) {
      Form decoded =
          new Form(
              "Ultralytics " + Ultralytics.model(model.metadata()).orElse("YOLO") + ", decoded",
              "YOLOV8",
              UNIT_RGB,
              "{form: ltrb}",
              POINTS,
              "none",
              1,
              List.of(),
              BETTER_ULTRALYTICS);
      return Optional.of(
          ofRows(
              decoded, output, "columns 4:" + channels + " logit", output, "columns 0:4 cxcywh"));
    }
    if (box > 4 && box % 4 == 0) {
      return Optional.of(
          ofRows(
              ultralytics(box),
              output,
              "columns " + box + ":" + channels,
              output,
              "columns 0:" + box));
    }
    return Optional.empty();
  }

  /** One output with channels last: NanoDet, YOLOX or PP-YOLOE. */
  private Optional<Recognition> ofLines(ModelTensor output) {
    long channels = output.shape()[2];
    if (classNames.isEmpty()) {
      return channels == AFTER_SUPPRESSION ? Optional.empty() : needsNames(output);
    }
    long box = channels - classNames.size();
    int classes = classNames.size();
    if (box == 4) {
      Form form =
          new Form(
              "PP-YOLOE without its suppression",
              "PPYOLOE",
              UNIT_RGB,
              "{form: ltrb}",
              POINTS,
              "none",
              1,
              List.of("whether boxes are corners (xyxy) or centres (cxcywh)", INPUT_UNKNOWN),
              List.of("name the tensors before the decoding in an ONNX export"));
      return Optional.of(
          ofRows(form, output, "rows 4:" + channels + " logit", output, "rows 0:4 xyxy"));
    }
    if (box == 5) {
      Form form =
          new Form(
              "YOLOX",
              "YOLOX",
              YOLOX_INPUT,
              "{form: center}",
              CORNERS,
              "objectness",
              1,
              List.of("whether boxes are decoded: 'rows 0:4 cxcywh' if they are in pixels"),
              List.of("export to ONNX: the convolutions before the sigmoid lose nothing"));
      return Optional.of(ofRows(form, output, "rows 5:" + channels + " logit", output, "rows 0:4"));
    }
    if (box >= 16 && box % 4 == 0) {
      Form form = nanodet(strides.size(), box / 4);
      return Optional.of(
          ofRows(
              form,
              output,
              "rows 0:" + classes + " logit",
              output,
              "rows " + classes + ":" + channels));
    }
    return Optional.empty();
  }

  /** Class and box outputs apart; with centerness where there are three. */
  private Optional<Recognition> ofTwo(List<ModelTensor> outputs, int axis, String layout) {
    List<ModelTensor> quality = outputs.stream().filter(t -> t.shape()[axis] == 1).toList();
    List<ModelTensor> two = outputs.stream().filter(t -> t.shape()[axis] != 1).toList();
    if (two.size() != 2) {
      return Optional.empty();
    }
    ModelTensor boxes = two.get(0).shape()[axis] % 4 == 0 ? two.get(0) : two.get(1);
    ModelTensor other = boxes == two.get(0) ? two.get(1) : two.get(0);
    if (other.name().matches("(?i).*(box|reg).*")) {
      ModelTensor swapped = boxes;
      boxes = other;
      other = swapped;
    }
    long channels = boxes.shape()[axis];
    if (quality.size() == 1 && channels == 4) {
      Form fcos = withCenterness("bbox_ctrness");
      return Optional.of(ofRows(fcos, other, layout, boxes, layout, quality.get(0)));
    }
    if (channels % 4 != 0 || channels < 16) {
      return Optional.empty();
    }
    return Optional.of(ofRows(ultralytics(channels), other, layout, boxes, layout));
  }

  private Optional<Recognition> ofNinefold(List<ModelTensor> outputs) {
    ModelTensor boxes = outputs.get(0).shape()[2] == 4 ? outputs.get(0) : outputs.get(1);
    ModelTensor scores = boxes == outputs.get(0) ? outputs.get(1) : outputs.get(0);
    return boxes.shape()[2] == 4
        ? Optional.of(ofRows(retina("classification_head"), scores, "rows", boxes, "rows"))
        : Optional.empty();
  }

  private Recognition ofRows(
      Form form, ModelTensor scores, String scoreRows, ModelTensor boxes, String boxRows) {
    return ofRows(form, scores, scoreRows, boxes, boxRows, null);
  }

  private Recognition ofRows(
      Form form,
      ModelTensor scores,
      String scoreRows,
      ModelTensor boxes,
      String boxRows,
      ModelTensor quality) {
    int axis = scoreRows.startsWith("columns") ? 1 : 2;
    int classes = scores == boxes ? classNames.size() : (int) scores.shape()[axis];
    DescriptorText text = start(form, classes);
    text.start("tensors");
    for (int l = 0; l < strides.size(); l++) {
      int stride = strides.get(l);
      text.tensor("cls." + l, scores, stride, scoreRows);
      if (quality != null) {
        text.tensor("ctr." + l, quality, stride, "rows");
      } else if (form.quality().equals("objectness")) {
        text.tensor("ctr." + l, scores, stride, "rows 4:5 logit");
      }
      text.tensor(role(form) + "." + l, boxes, stride, boxRows);
    }
    List<String> outputs =
        model.graph().isEmpty()
            ? model.outputs().stream().map(ModelTensor::name).toList()
            : List.of();
    return end(text, form, classes, outputs);
  }

  // ------------------------------------------------------------------------------- sets and the
  // rest

  private static final String SETS =
      "a set of boxes without cells, recordings hold the outputs of dense heads";

  private Optional<Recognition> ofSets() {
    List<ModelTensor> outputs = model.outputs();
    Optional<ModelTensor> six =
        outputs.stream()
            .filter(t -> t.rank() == 3 && (t.shape()[2] == 6 || t.shape()[2] == 5))
            .findFirst();
    boolean queries =
        outputs.stream().filter(t -> t.rank() == 3).count() == 2
            && outputs.stream().anyMatch(t -> t.rank() == 3 && t.shape()[2] == 4);
    boolean isDeployed =
        model.inputs().stream().anyMatch(t -> t.name().contains("orig"))
            || outputs.stream().anyMatch(t -> t.name().equals("labels") && t.rank() == 2);
    if (queries) {
      return Optional.of(
          Recognition.refused("DETR and its kin (RT-DETR, D-FINE, RF-DETR), raw queries", SETS));
    }
    if (six.isPresent()) {
      return Optional.of(
          Recognition.refused(
              "boxes after suppression or end to end, " + six.get(),
              SETS,
              Ultralytics.made(model.metadata())
                  ? "export with nms=False and end2end=False"
                  : "export without post-processing"));
    }
    return isDeployed
        ? Optional.of(
            Recognition.refused(
                "labels, boxes and scores, as RT-DETR and D-FINE are deployed",
                SETS,
                "export without post-processing"))
        : Optional.empty();
  }

  private Recognition unknown() {
    return Recognition.refused(
        "no known export",
        "looked for class and box outputs with the rows and columns of the strides "
            + HeadTensors.STRIDES.stream().map(String::valueOf).collect(Collectors.joining(", "))
            + " for pictures of "
            + model.width()
            + "x"
            + model.height()
            + ", as outputs"
            + (model.graph().isPresent() ? " or last convolutions" : "")
            + ", and for rows over "
            + PYRAMIDS.stream()
                .map(p -> String.valueOf(model.rows(p)))
                .collect(Collectors.joining(", "))
            + " cells; describe it tensor by tensor (teacher-worker/README.md, Descriptors)");
  }

  // ------------------------------------------------------------------------------------- the text

  private DescriptorText start(Form form, int classes) {
    if (!classNames.isEmpty() && classNames.size() != classes) {
      throw new UserMistakeException(
          "class names: found "
              + classNames.size()
              + ", the model "
              + model.file()
              + " has "
              + classes
              + " classes");
    }
    DescriptorText text = new DescriptorText();
    text.comment(form.export() + ".");
    form.unsure().forEach(unsure -> text.comment("Check, the file does not say: " + unsure + "."));
    if (classNames.isEmpty()) {
      text.comment("Check, the file does not say: class-names.");
    }
    String file = model.file().getFileName().toString();
    text.line(
        "name",
        DescriptorText.quoted(
            file.replaceFirst("\\.(onnx|torchscript|pth?)$", "")
                .replaceFirst("\\.torchscript$", "")
                .replace('@', '-')));
    text.line(
        "input",
        "{name: "
            + DescriptorText.quoted(model.image().name())
            + ", width: "
            + model.width()
            + ", height: "
            + model.height()
            + ", "
            + form.input()
            + "}");
    List<ModelTensor> others =
        model.inputs().stream().filter(t -> !t.name().equals(model.image().name())).toList();
    if (!others.isEmpty()) {
      text.start("extra-inputs");
      others.forEach(input -> text.item(FurtherInput.yaml(input)));
    }
    text.line("boxes", form.boxes());
    text.line("priors", form.priors());
    if (!form.quality().equals("none")) {
      text.line("quality", form.quality());
    }
    return text;
  }

  private Recognition end(DescriptorText text, Form form, int classes, List<String> outputs) {
    List<String> names =
        classNames.isEmpty()
            ? IntStream.range(0, classes).mapToObj(k -> "class " + k).toList()
            : classNames;
    text.line("class-names", DescriptorText.names(names));
    text.line("batch-size", model.image().shape()[0] == 1 ? "1" : "8");
    if (!outputs.isEmpty()) {
      text.line("outputs", DescriptorText.names(outputs));
    }
    List<String> unsure = new ArrayList<>(form.unsure());
    if (classNames.isEmpty()) {
      unsure.add("class names: give --class-names-file, or write them");
    }
    return new Recognition(form.export(), text.toString(), unsure, form.advice(), null);
  }
}
