package dev.lectern.detector.box;

/**
 * Boxes as differences from anchors, the coding of RetinaNet and Faster R-CNN.
 *
 * <pre>
 *   dx = (gx - ax) / aw / σ_x   dy likewise   dw = ln(gw / aw) / σ_w   dh likewise
 * </pre>
 *
 * <p>Ren et al. 2015 (arXiv:1506.01497), eq. 2. When decoding, |dw| and |dh| are clamped to ln(1000
 * / 16).
 *
 * @param deviations σ of dx, dy, dw, dh
 */
public record DeltaCoder(double[] deviations) {
  private static final double LARGEST_RATIO = Math.log(1000.0 / 16);

  /** Refuses other than four deviations. */
  public DeltaCoder {
    deviations = deviations.clone();
    if (deviations.length != 4) {
      throw new IllegalArgumentException(deviations.length + " deviations, expected 4");
    }
  }

  /**
   * Differences of paired boxes.
   *
   * @param anchors (M, 4) xyxy
   * @param boxes (M, 4) xyxy
   * @return (M, 4) dx, dy, dw, dh
   */
  public float[] encode(float[] anchors, float[] boxes) {
    float[] deltas = new float[anchors.length];
    for (int i = 0; i < anchors.length; i += 4) {
      double aw = anchors[i + 2] - anchors[i];
      double ah = anchors[i + 3] - anchors[i + 1];
      double gw = boxes[i + 2] - boxes[i];
      double gh = boxes[i + 3] - boxes[i + 1];
      deltas[i] = (float) ((centre(boxes, i) - centre(anchors, i)) / aw / deviations[0]);
      deltas[i + 1] =
          (float) ((centre(boxes, i + 1) - centre(anchors, i + 1)) / ah / deviations[1]);
      deltas[i + 2] = (float) (Math.log(gw / aw) / deviations[2]);
      deltas[i + 3] = (float) (Math.log(gh / ah) / deviations[3]);
    }
    return deltas;
  }

  /**
   * Boxes from differences, clipped to the canvas.
   *
   * @param anchors (M, 4) xyxy
   * @param deltas (M, 4) dx, dy, dw, dh
   * @param canvasWidth pixels
   * @param canvasHeight pixels
   * @return (M, 4) xyxy
   */
  public float[] decode(float[] anchors, float[] deltas, double canvasWidth, double canvasHeight) {
    float[] boxes = new float[anchors.length];
    for (int i = 0; i < anchors.length; i += 4) {
      double aw = anchors[i + 2] - anchors[i];
      double ah = anchors[i + 3] - anchors[i + 1];
      double cx = centre(anchors, i) + deltas[i] * deviations[0] * aw;
      double cy = centre(anchors, i + 1) + deltas[i + 1] * deviations[1] * ah;
      double w = aw * ratio(deltas[i + 2] * deviations[2]);
      double h = ah * ratio(deltas[i + 3] * deviations[3]);
      boxes[i] = clip(cx - w / 2, canvasWidth);
      boxes[i + 1] = clip(cy - h / 2, canvasHeight);
      boxes[i + 2] = clip(cx + w / 2, canvasWidth);
      boxes[i + 3] = clip(cy + h / 2, canvasHeight);
    }
    return boxes;
  }

  private static double ratio(double logarithm) {
    return Math.exp(Math.min(Math.max(logarithm, -LARGEST_RATIO), LARGEST_RATIO));
  }

  private static double centre(float[] boxes, int lower) {
    return ((double) boxes[lower] + boxes[lower + 2]) / 2;
  }

  private static float clip(double value, double limit) {
    return (float) Math.min(Math.max(value, 0), limit);
  }
}
