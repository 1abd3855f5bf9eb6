package dev.lectern.schemas.descriptor;

import dev.lectern.schemas.record.Background;
import dev.lectern.schemas.record.BoxForm;
import dev.lectern.schemas.record.BoxQuality;
import dev.lectern.schemas.record.CellAnchors;
import dev.lectern.schemas.record.PointsTransform;
import dev.lectern.schemas.record.TeacherDescriptor;
import dev.lectern.schemas.record.TeacherPriors;

/**
 * How many channels the tensors of a head have.
 *
 * @param anchors A per cell
 * @param classes K
 * @param background 1 if class logits have a channel for it, else 0
 * @param bins per box side
 * @param points channels of the points of a box
 */
record HeadChannels(int anchors, int classes, int background, int bins, int points) {
  private static final int SIDES = 4;

  /** Nine points (y, x). */
  private static final int POINT_COORDINATES = 18;

  /** Logarithms of the factors of a box's width and height. */
  private static final int FACTORS = 2;

  /** A of a descriptor's priors; 1 where a cell is a point. */
  static int anchorsPerCell(TeacherPriors priors) {
    CellAnchors anchors = priors.getAnchors();
    return anchors == null ? 1 : anchors.getSizes().get(0).size() * anchors.getRatios().size();
  }

  /** Channels of points: factors follow those whose deviation is the box's size. */
  static int points(PointsTransform transform) {
    return transform == PointsTransform.MOMENT ? POINT_COORDINATES + FACTORS : POINT_COORDINATES;
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
        TensorLayout.bins(teacher),
        points(teacher.getBoxes() == null ? null : teacher.getBoxes().getPoints()));
  }

  /** C of a role's tensors with cells; features have any number. */
  int of(TensorRole role) {
    return switch (role) {
      case CLASS_LOGITS -> anchors * (classes + background);
      case QUALITY -> anchors;
      case JOINT_SCORE, AUXILIARY_LOGITS -> classes;
      case BOX_DISTRIBUTION -> anchors * SIDES * bins;
      case BOX_DELTAS -> anchors * SIDES;
      case BOX_DISTANCES, BOX_CENTER -> SIDES;
      case BOX_POINTS -> points;
      case INITIAL_POINTS -> POINT_COORDINATES;
      default -> throw new IllegalArgumentException(role + " has a shape of its own");
    };
  }
}
