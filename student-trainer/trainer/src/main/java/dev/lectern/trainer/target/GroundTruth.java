package dev.lectern.trainer.target;

/**
 * The labelled objects of one image.
 *
 * @param boxes (G, 4) xyxy pixels, row-major
 * @param labels (G) class indices, 0-based
 */
public record GroundTruth(float[] boxes, int[] labels) {
  /** An image without objects. */
  public static final GroundTruth NONE = new GroundTruth(new float[0], new int[0]);

  /** Refuses boxes and labels that do not pair up. */
  public GroundTruth {
    if (boxes.length != 4 * labels.length) {
      throw new IllegalArgumentException(
          boxes.length + " box coordinates for " + labels.length + " labels, expected four each");
    }
  }

  /** Number of objects, G. */
  public int count() {
    return labels.length;
  }
}
