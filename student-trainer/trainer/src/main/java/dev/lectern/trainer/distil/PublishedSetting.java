package dev.lectern.trainer.distil;

/**
 * The setting that published weights were chosen for, and that {@link Reading#NORMALISED} takes as
 * its reference: COCO at 1333x800, two images a step, detectors with levels P3 to P7.
 *
 * <p>Counts of positives are means over the 127 annotated images of COCO128 with ATSS, 9 candidates
 * a level, on square anchors of 8 strides.
 */
final class PublishedSetting {
  /** Classes. */
  static final int CLASSES = 80;

  /** Bins of a box edge. */
  static final int BINS = 17;

  /** Images of a step. */
  static final int IMAGES = 2;

  /** Levels. */
  static final int LEVELS = 5;

  /** Channels of features. */
  static final int CHANNELS = 256;

  /** Positives of a step: 65 an image. */
  static final double POSITIVES = 130;

  /** Levels of a step that have a positive. */
  static final double LEVELS_WITH_POSITIVES = 3.8;

  /** Sum of the weights of a step's valuable region: 160 an image. */
  static final double VALUABLE_WEIGHT = 320;

  /** Objects of an image. */
  static final double OBJECTS = 7.2;

  /** Cells of a level, mean of P3 to P7. */
  static final double CELLS = 4460;

  /** Cells of a level, mean of P2 to P5, the levels of two-stage detectors. */
  static final double CELLS_OF_TWO_STAGES = 22_190;

  private PublishedSetting() {}
}
