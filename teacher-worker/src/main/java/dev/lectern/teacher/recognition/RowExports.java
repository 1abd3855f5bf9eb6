package dev.lectern.teacher.recognition;

import dev.lectern.teacher.recognition.PublishedHead.Shown;
import java.util.List;
import java.util.Optional;

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

  private Optional<Recognition> recognise() {
    List<ModelTensor> columns = withRows(2, 1);
    List<ModelTensor> rows = withRows(1, 1);
    List<ModelTensor> ninefold = withRows(1, RETINA_ANCHORS);
    if (columns.size() == 1) {
      return ofColumns(columns.get(0));
    }
    if (columns.size() == 2) {
      return apart(columns, 1, "columns");
    }
    if (rows.size() == 1) {
      return ofRows(rows.get(0));
    }
    if (rows.size() > 1) {
      return apart(rows, 2, "rows");
    }
    return ninefold.size() == 2 ? retinanet(ninefold) : Optional.empty();
  }

  private List<ModelTensor> withRows(int axis, int anchors) {
    long rows = anchors * model.rows(strides);
    return model.outputs().stream().filter(t -> t.rank() == 3 && t.shape()[axis] == rows).toList();
  }

  private Optional<Recognition> needsNames(ModelTensor output) {
    return Optional.of(
        Recognition.refused(
            "rows over all levels, " + output,
            "the file does not say how many of its channels are classes: give --class-names or"
                + " --class-names-file"));
  }

  /** Ultralytics: boxes, then classes. */
  private Optional<Recognition> ofColumns(ModelTensor output) {
    if (classNames.isEmpty()) {
      return needsNames(output);
    }
    long channels = output.shape()[1];
    long box = channels - classNames.size();
    String scores = "columns " + box + ":" + channels;
    if (box == 4) {
      return Optional.of(
          written(
              head("ultralytics-decoded"),
              output,
              scores + " logit",
              output,
              "columns 0:4 cxcywh"));
    }
    return box > 4 && box % 4 == 0
        ? Optional.of(
            written(
                PublishedHead.ultralytics(shown(box)), output, scores, output, "columns 0:" + box))
        : Optional.empty();
  }

  /** PP-YOLOE and YOLOX: boxes first; NanoDet: classes first. */
  private Optional<Recognition> ofRows(ModelTensor output) {
    if (classNames.isEmpty()) {
      return needsNames(output);
    }
    long channels = output.shape()[2];
    int classes = classNames.size();
    long box = channels - classes;
    if (box == 4) {
      return Optional.of(
          written(
              head("ppyoloe-rows"),
              output,
              "rows 4:" + channels + " logit",
              output,
              "rows 0:4 xyxy"));
    }
    if (box == 5) {
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
    return box >= 16 && box % 4 == 0
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
  private Optional<Recognition> apart(List<ModelTensor> outputs, int axis, String layout) {
    List<ModelTensor> quality = outputs.stream().filter(t -> t.shape()[axis] == 1).toList();
    List<ModelTensor> two = outputs.stream().filter(t -> t.shape()[axis] != 1).toList();
    if (two.size() != 2 || quality.size() > 1) {
      return Optional.empty();
    }
    ModelTensor boxes = isBoxes(two.get(1), two.get(0), axis) ? two.get(1) : two.get(0);
    ModelTensor scores = boxes == two.get(0) ? two.get(1) : two.get(0);
    long channels = boxes.shape()[axis];
    if (quality.size() == 1 && channels == 4) {
      return Optional.of(
          written(head("torchvision-fcos"), scores, layout, boxes, layout, quality.get(0), layout));
    }
    return channels >= 16 && channels % 4 == 0 && quality.isEmpty()
        ? Optional.of(
            written(PublishedHead.ultralytics(shown(channels)), scores, layout, boxes, layout))
        : Optional.empty();
  }

  private boolean isBoxes(ModelTensor boxes, ModelTensor other, int axis) {
    return boxes.name().matches("(?i).*(box|reg).*")
        || other.shape()[axis] == classNames.size()
        || other.shape()[axis] % 4 != 0;
  }

  private Optional<Recognition> retinanet(List<ModelTensor> outputs) {
    ModelTensor boxes = outputs.get(0).shape()[2] == 4 ? outputs.get(0) : outputs.get(1);
    ModelTensor scores = boxes == outputs.get(0) ? outputs.get(1) : outputs.get(0);
    return boxes.shape()[2] == 4
        ? Optional.of(
            written(
                PublishedHead.named("torchvision-retinanet")
                    .of(new Shown("", 0, RETINA_ANCHORS, strides)),
                scores,
                "rows",
                boxes,
                "rows"))
        : Optional.empty();
  }

  private HeadForm head(String name) {
    return PublishedHead.named(name).of(shown(4));
  }

  private Shown shown(long boxChannels) {
    String name = Ultralytics.model(model.metadata()).orElse("YOLO");
    return new Shown(name, (int) (boxChannels / 4), 1, strides);
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
