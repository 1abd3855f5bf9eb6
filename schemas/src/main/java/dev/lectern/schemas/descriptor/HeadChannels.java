package dev.lectern.schemas.descriptor;

import dev.lectern.schemas.record.Background;
import dev.lectern.schemas.record.BoxForm;
import dev.lectern.schemas.record.BoxQuality;
import dev.lectern.schemas.record.CellAnchors;
import dev.lectern.schemas.record.TeacherDescriptor;
import dev.lectern.schemas.record.TeacherPriors;

/**
 * How many channels the tensors of a head have.
 *
 * @param anchors A per cell
 * @param classes K
 * @param background 1 if class logits have a channel for it, else 0
 * @param bins per box side
 */
record HeadChannels(int anchors, int classes, int background, int bins) {
  private static final int SIDES = 4;

  /** Nine points (y, x). */
  private static final int POINT_COORDINATES = 18;

  /** A of a descriptor's priors; 1 where a cell is a point. */
  static int anchorsPerCell(TeacherPriors priors) {
    CellAnchors anchors = priors.getAnchors();
    return anchors == null ? 1 : anchors.getSizes().get(0).size() * anchors.getRatios().size();
  }

  /** The role of a form's tensors. */
  static TensorRole role(BoxForm form) {
    return switch (form) {
      case DISTRIBUTION -> TensorRole.BOX_DISTRIBUTION;
      case DELTA -> TensorRole.BOX_DELTAS;
      case LTRB -> TensorRole.BOX_DISTANCES;
      case POINTS -> TensorRole.BOX_POINTS;
      case CENTER -> TensorRole.BOX_CENTER;
    };
  }

  /** The role of a quality's tensors; null for none. */
  static TensorRole role(BoxQuality quality) {
    return switch (quality) {
      case NONE -> null;
      case CENTERNESS, OBJECTNESS -> TensorRole.QUALITY;
      case JOINT -> TensorRole.JOINT_SCORE;
    };
  }

  /** The channels of a descriptor's head. */
  static HeadChannels of(TeacherDescriptor teacher) {
    return new HeadChannels(
        anchorsPerCell(teacher.getPriors()),
        teacher.getClassNames().size(),
        teacher.getClasses().getBackground() == Background.NONE ? 0 : 1,
        TensorLayout.bins(teacher));
  }

  /** C of a role's tensors; features have any number. */
  int of(TensorRole role) {
    return switch (role) {
      case CLASS_LOGITS -> anchors * (classes + background);
      case QUALITY -> anchors;
      case JOINT_SCORE -> classes;
      case BOX_DISTRIBUTION -> anchors * SIDES * bins;
      case BOX_DELTAS -> anchors * SIDES;
      case BOX_DISTANCES, BOX_CENTER -> SIDES;
      case BOX_POINTS -> POINT_COORDINATES;
      case FEATURES -> throw new IllegalArgumentException("features have channels of their own");
    };
  }
}
