package dev.lectern.trainer.assign;

import dev.lectern.detector.pixel.LabelMap;

/**
 * The labelled objects of one image.
 *
 * @param boxes (G, 4) xyxy pixels, row-major
 * @param labels (G) class indices, 0-based
 * @param valid part of the input that shows the image
 * @param labelled false: nobody annotated the image, so that nothing is known to be background;
 *     objects, where there are some, are a teacher's and count for losses that listen to it alone
 * @param classes of the input's pixels; null where objects alone are labelled
 * @param teacherBoxes (M, 4) what a teacher finds, xyxy pixels; empty where no loss asks
 * @param annotated false: the objects, if any, are a teacher's
 */
public record GroundTruth(
    float[] boxes,
    int[] labels,
    Extent valid,
    boolean labelled,
    LabelMap classes,
    float[] teacherBoxes,
    boolean annotated) {
  /** An image without objects that fills the input. */
  public static final GroundTruth NONE = new GroundTruth(new float[0], new int[0]);

  /** An image that nobody annotated and that fills the input. */
  public static final GroundTruth UNLABELLED =
      new GroundTruth(new float[0], new int[0], Extent.WHOLE, false);

  /**
   * The part of an input that shows the image: what is right of it or below is padding.
   *
   * @param height pixels
   * @param width pixels
   */
  public record Extent(double height, double width) {
    /** Any input is all image. */
    public static final Extent WHOLE =
        new Extent(Double.POSITIVE_INFINITY, Double.POSITIVE_INFINITY);
  }

  /** Refuses boxes and labels that do not pair up. */
  public GroundTruth {
    if (boxes.length != 4 * labels.length) {
      throw new IllegalArgumentException(
          boxes.length + " box coordinates for " + labels.length + " labels, expected four each");
    }
  }

  /** What is annotated. */
  public GroundTruth(
      float[] boxes, int[] labels, Extent valid, boolean labelled, LabelMap classes) {
    this(boxes, labels, valid, labelled, classes, new float[0], labelled);
  }

  /** Objects alone. */
  public GroundTruth(float[] boxes, int[] labels, Extent valid, boolean labelled) {
    this(boxes, labels, valid, labelled, null);
  }

  /** Copy that knows what a teacher finds; the objects stay. */
  public GroundTruth beside(float[] found) {
    return new GroundTruth(boxes, labels, valid, labelled, classes, found, annotated);
  }

  /**
   * An image that nobody annotated, with what a teacher finds in place of objects.
   *
   * @param found (M, 4) xyxy pixels
   * @param labelsOfFound (M)
   * @param learned whether the student's own losses learn them as labels
   */
  public static GroundTruth found(
      float[] found, int[] labelsOfFound, Extent valid, boolean learned) {
    return new GroundTruth(found, labelsOfFound, valid, learned, null, found, false);
  }

  /** An annotated image whose pixels have classes. */
  public static GroundTruth of(LabelMap classes) {
    return new GroundTruth(new float[0], new int[0], Extent.WHOLE, true, classes);
  }

  /** Objects of an annotated image. */
  public GroundTruth(float[] boxes, int[] labels, Extent valid) {
    this(boxes, labels, valid, true);
  }

  /** Objects of an image that fills the input. */
  public GroundTruth(float[] boxes, int[] labels) {
    this(boxes, labels, Extent.WHOLE);
  }

  /** Number of objects, G. */
  public int count() {
    return labels.length;
  }
}
