package dev.lectern.schemas.log;

import dev.lectern.schemas.record.KindEncoding;
import dev.lectern.schemas.record.RegionPriors;
import java.util.List;
import java.util.stream.Collectors;

/** An encoding in words, the same everywhere: equal texts mean equal encodings. */
public final class EncodingText {
  private EncodingText() {}

  /** E.g. {@code FLOAT16 DENSE SHUFFLE ZSTD}, with the priors of regions. */
  public static String of(KindEncoding encoding) {
    String positions =
        switch (encoding.getPositions()) {
          case DENSE -> "";
          case REGIONS ->
              encoding.getPriors().stream()
                      .map(EncodingText::of)
                      .collect(Collectors.joining(" | ", "(", ""))
                  + (encoding.getTeacherBoxes() > 0
                      ? ", teacher boxes above " + encoding.getTeacherBoxes() + ")"
                      : ")");
          case TOP_SCORE -> "(" + encoding.getTopScore() + " per level)";
        };
    return encoding.getValues()
        + " "
        + encoding.getPositions()
        + positions
        + " "
        + encoding.getFilter()
        + " "
        + encoding.getCompression();
  }

  /**
   * E.g. {@code strides [8, 16, 32], grid-offset 0.5, octave-base-scale 5.0, topk 9}, in the keys
   * of a worker's settings; another rule than ATSS_VLR comes first.
   */
  public static String of(RegionPriors priors) {
    String grid = "strides " + priors.getStrides() + ", grid-offset " + priors.getGridOffset();
    String anchors = ", octave-base-scale " + priors.getOctaveBaseScale();
    if (priors.getScalesPerOctave() != 1) {
      anchors += ", scales-per-octave " + priors.getScalesPerOctave();
    }
    if (!priors.getRatios().equals(List.of(1.0))) {
      anchors += ", ratios " + priors.getRatios();
    }
    return switch (priors.getRule()) {
      case ATSS_VLR -> grid + anchors + ", topk " + priors.getTopk();
      case MAX_IOU ->
          "rule max_iou, "
              + grid
              + anchors
              + ", positive-iou "
              + priors.getPositiveIou()
              + ", min-positive-iou "
              + priors.getMinPositiveIou();
      case FCOS ->
          "rule fcos, "
              + grid
              + ", ranges "
              + priors.getRanges()
              + ", center-radius "
              + priors.getCenterRadius();
      case INSIDE_BOX -> "rule inside_box, " + grid;
    };
  }
}
