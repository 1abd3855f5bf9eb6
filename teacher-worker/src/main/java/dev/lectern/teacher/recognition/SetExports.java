package dev.lectern.teacher.recognition;

import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * Recognises instances, which have no cells: queries of set predictors, and detections after
 * post-processing.
 */
final class SetExports {
  private static final int SIDES = 4;

  /** Rows where an export leaves their number open and a run shows fewer. */
  private static final long USUAL_ROWS = 100;

  private final ModelContents model;
  private final List<String> classNames;
  private final List<ModelTensor> sets;

  private SetExports(ModelContents model, List<String> classNames) {
    this.model = model;
    this.classNames = classNames;
    this.sets = model.outputs().stream().filter(t -> t.isFloat() && t.rank() == 3).toList();
  }

  /**
   * What the outputs say.
   *
   * @param classNames empty where unknown
   */
  static Optional<Recognition> recognise(ModelContents model, List<String> classNames) {
    SetExports exports = new SetExports(model, classNames);
    return exports.queries().or(exports::rows).or(exports::deployed);
  }

  /** Class logits and boxes of the same rows, perhaps distributions and what they are about. */
  private Optional<Recognition> queries() {
    List<ModelTensor> four =
        sets.stream().filter(t -> t.shape()[2] == SIDES && !isReference(t)).toList();
    Optional<ModelTensor> boxes =
        four.stream()
            .filter(t -> t.name().toLowerCase(Locale.ROOT).matches(".*(box|det).*"))
            .findFirst()
            .or(() -> four.stream().findFirst());
    if (boxes.isEmpty()) {
      return Optional.empty();
    }
    long rows = boxes.get().shape()[1];
    List<ModelTensor> beside =
        sets.stream().filter(t -> t != boxes.get() && t.shape()[1] == rows).toList();
    Optional<ModelTensor> corners = beside.stream().filter(this::areCorners).findFirst();
    Optional<ModelTensor> references = beside.stream().filter(SetExports::isReference).findFirst();
    List<ModelTensor> logits =
        beside.stream()
            .filter(t -> corners.filter(c -> c == t).isEmpty() && !isReference(t))
            .toList();
    return logits.size() == 1
        ? Optional.of(queries(logits.get(0), boxes.get(), corners, references))
        : Optional.empty();
  }

  private static HeadForm head(String name, long bins) {
    return PublishedHead.named(name).of(new PublishedHead.Shown("", (int) bins, 1, List.of()));
  }

  private boolean areCorners(ModelTensor tensor) {
    return tensor.name().toLowerCase(Locale.ROOT).contains("corner")
        && tensor.shape()[2] % SIDES == 0;
  }

  private static boolean isReference(ModelTensor tensor) {
    return tensor.name().toLowerCase(Locale.ROOT).contains("ref") && tensor.shape()[2] == SIDES;
  }

  private Recognition queries(
      ModelTensor logits,
      ModelTensor boxes,
      Optional<ModelTensor> corners,
      Optional<ModelTensor> references) {
    long rows = boxes.shape()[1];
    long columns = logits.shape()[2];
    boolean hasBackground = !classNames.isEmpty() && columns == classNames.size() + 1L;
    boolean hasBins = corners.isPresent() && references.isPresent();
    HeadForm form =
        hasBins
            ? head("d-fine", corners.get().shape()[2] / SIDES)
            : hasBackground
                ? head("detr", 0)
                : head(boxes.name().equals("dets") ? "rf-detr" : "queries", 0);
    if (corners.isPresent() && references.isEmpty()) {
      form =
          form.alsoAdvising(
              "export the reference boxes (ref_points) beside "
                  + corners.get().name()
                  + ", without which distributions cannot be read");
    }
    DescriptorText text =
        DescriptorText.of(model, form, classNames, (int) (hasBackground ? columns - 1 : columns));
    text.instances("logits", logits, rows, columns, "");
    text.instances("boxes", boxes, rows, SIDES, "rows unit-cxcywh");
    if (hasBins) {
      text.instances("dist", corners.get(), rows, corners.get().shape()[2], "");
      text.instances("references", references.get(), rows, SIDES, "rows unit-cxcywh");
    }
    return text.end();
  }

  /** Detections in rows: corners, score and class; or corners and score beside labels. */
  private Optional<Recognition> rows() {
    Optional<ModelTensor> six = sets.stream().filter(t -> t.shape()[2] == 6).findFirst();
    if (six.isPresent()) {
      boolean ultralytics = Ultralytics.made(model.metadata());
      HeadForm form = head(ultralytics ? "ultralytics-detections" : "detections", 0);
      return Optional.of(detections(form, six.get(), "4:5", six.get(), "rows 5:6"));
    }
    Optional<ModelTensor> five = sets.stream().filter(t -> t.shape()[2] == 5).findFirst();
    Optional<ModelTensor> labels =
        model.outputs().stream()
            .filter(t -> t.rank() == 2 && t.name().contains("label"))
            .findFirst();
    return five.isPresent() && labels.isPresent()
        ? Optional.of(
            detections(head("mmdetection-detections", 0), five.get(), "4:5", labels.get(), ""))
        : Optional.empty();
  }

  private Recognition detections(
      HeadForm form, ModelTensor rows, String score, ModelTensor labels, String labelRows) {
    long count = Math.max(USUAL_ROWS, rows.shape()[1]);
    return named(
        form,
        text -> {
          text.instances("boxes", rows, count, SIDES, "rows 0:4 xyxy");
          text.instances("labels", labels, count, 0, labelRows);
          text.instances("scores", rows, count, 0, "rows " + score);
          text.instances("rows", rows, 1, 0, "rows " + score + " positive");
        });
  }

  /** Labels, boxes and scores apart. */
  private Optional<Recognition> deployed() {
    Optional<ModelTensor> boxes = sets.stream().filter(t -> t.shape()[2] == SIDES).findFirst();
    Optional<ModelTensor> labels = flat("label");
    Optional<ModelTensor> scores = flat("score").filter(ModelTensor::isFloat);
    if (boxes.isEmpty() || labels.isEmpty() || scores.isEmpty()) {
      return Optional.empty();
    }
    long count = Math.max(USUAL_ROWS, boxes.get().shape()[1]);
    return Optional.of(
        named(
            head("deployed-queries", 0),
            text -> {
              text.instances("boxes", boxes.get(), count, SIDES, "rows xyxy");
              text.instances("labels", labels.get(), count, 0, "");
              text.instances("scores", scores.get(), count, 0, "");
            }));
  }

  private Optional<ModelTensor> flat(String word) {
    return model.outputs().stream()
        .filter(t -> t.rank() == 2 && t.name().toLowerCase(Locale.ROOT).contains(word))
        .findFirst();
  }

  /** Detections do not show how many classes there are. */
  private Recognition named(HeadForm form, Consumer<DescriptorText> tensors) {
    if (classNames.isEmpty()) {
      return Recognition.refused(
          form.export(),
          "the file does not say how many classes there are: give --class-names or"
              + " --class-names-file");
    }
    DescriptorText text = DescriptorText.of(model, form, classNames, classNames.size());
    tensors.accept(text);
    return text.end();
  }
}
