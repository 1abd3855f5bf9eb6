package dev.lectern.detector.family;

import dev.lectern.detector.box.DeltaCoder;
import dev.lectern.detector.prior.AnchorGenerator;
import dev.lectern.schemas.descriptor.TensorRole;
import dev.lectern.schemas.record.BoxCoding;
import dev.lectern.schemas.record.BoxForm;
import dev.lectern.schemas.record.BoxQuality;
import dev.lectern.schemas.record.CellAnchors;
import dev.lectern.schemas.record.PointsTransform;
import dev.lectern.schemas.record.TeacherPriors;
import dev.lectern.schemas.serde.AvroLimits;
import java.util.List;

/**
 * How a reader makes boxes and scores of a head's tensors; what descriptors say of it.
 *
 * @param boxes how box outputs are read; null where there are none
 * @param priors what they are relative to
 * @param quality what a score has besides the class
 */
public record HeadCoding(BoxCoding boxes, TeacherPriors priors, BoxQuality quality) {
  static {
    AvroLimits.apply();
  }

  private static final int SIDES = 4;

  /**
   * Boxes about anchors: deltas, or distributions of the distances from the anchor's centre.
   *
   * @param bins per box side; null for deltas
   * @param std of the deltas dx, dy, dw, dh; null for distributions
   * @param strides of the levels
   */
  public static HeadCoding aboutAnchors(
      Integer bins,
      List<Double> std,
      AnchorGenerator anchors,
      List<Integer> strides,
      BoxQuality quality) {
    BoxCoding.Builder boxes = BoxCoding.newBuilder();
    if (bins == null) {
      boxes.setForm(BoxForm.DELTA).setStd(std).setClamp(DeltaCoder.CLAMP);
    } else {
      boxes.setForm(BoxForm.DISTRIBUTION).setBins(bins);
    }
    CellAnchors cell =
        new CellAnchors(strides.stream().map(anchors::sizes).toList(), anchors.ratios(), false);
    return new HeadCoding(boxes.build(), new TeacherPriors(anchors.centreOffset(), cell), quality);
  }

  /**
   * Boxes as distributions of the distances from a point.
   *
   * @param bins per box side
   */
  public static HeadCoding distributions(int bins, double gridOffset, BoxQuality quality) {
    return new HeadCoding(
        BoxCoding.newBuilder().setForm(BoxForm.DISTRIBUTION).setBins(bins).build(),
        new TeacherPriors(gridOffset, null),
        quality);
  }

  /** Boxes as points about a point. */
  public static HeadCoding points(PointsTransform transform, double gridOffset) {
    return new HeadCoding(
        BoxCoding.newBuilder().setForm(BoxForm.POINTS).setPoints(transform).build(),
        new TeacherPriors(gridOffset, null),
        BoxQuality.NONE);
  }

  /** The role of boxes about anchors. */
  public static TensorRole role(Integer bins) {
    return bins == null ? TensorRole.BOX_DELTAS : TensorRole.BOX_DISTRIBUTION;
  }

  /** Channels of boxes about one anchor. */
  public static int channels(Integer bins) {
    return bins == null ? SIDES : SIDES * bins;
  }
}
