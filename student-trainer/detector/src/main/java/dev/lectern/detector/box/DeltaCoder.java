package dev.lectern.detector.box;

/**
 * Boxes as differences from anchors, the coding of RetinaNet and Faster R-CNN.
 *
 * <pre>
 *   dx = (gx - ax) / aw / σ_x   dy likewise   dw = ln(gw / aw) / σ_w   dh likewise
 * </pre>
 *
 * <p>Ren et al. 2015 (arXiv:1506.01497), eq. 2. When decoding, |dw| and |dh| are clamped.
 *
 * @param means μ of dx, dy, dw, dh, subtracted before the division by σ
 * @param deviations σ of dx, dy, dw, dh
 * @param clamp largest magnitude of a decoded log size
 */
public record DeltaCoder(double[] means, double[] deviations, double clamp) {
  /** Largest magnitude of a log size in the public codes: ln(1000 / 16). */
  public static final double CLAMP = Math.log(1000.0 / 16);

  /** Refuses other than four numbers. */
  public DeltaCoder {
    means = means.clone();
    deviations = deviations.clone();
    if (means.length != 4 || deviations.length != 4) {
      throw new IllegalArgumentException(
          means.length + " means and " + deviations.length + " deviations, expected 4 each");
    }
  }

  /** Without means, and with the clamp of the public codes. */
  public DeltaCoder(double[] deviations) {
    this(new double[4], deviations, CLAMP);
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
      deltas[i] = scaled(0, (centre(boxes, i) - centre(anchors, i)) / aw);
      deltas[i + 1] = scaled(1, (centre(boxes, i + 1) - centre(anchors, i + 1)) / ah);
      deltas[i + 2] = scaled(2, Math.log(gw / aw));
      deltas[i + 3] = scaled(3, Math.log(gh / ah));
    }
    return deltas;
  }

  private float scaled(int which, double difference) {
    return (float) ((difference - means[which]) / deviations[which]);
  }

  /**
   * A box from its differences.
   *
   * @param anchor x1, y1, x2, y2
   * @param deltas dx, dy, dw, dh
   * @return x1, y1, x2, y2
   */
  public double[] decode(double[] anchor, double[] deltas) {
    double width = anchor[2] - anchor[0];
    double height = anchor[3] - anchor[1];
    double cx = (anchor[0] + anchor[2]) / 2 + (deltas[0] * deviations[0] + means[0]) * width;
    double cy = (anchor[1] + anchor[3]) / 2 + (deltas[1] * deviations[1] + means[1]) * height;
    double halfWidth = width * ratio(deltas[2] * deviations[2] + means[2]) / 2;
    double halfHeight = height * ratio(deltas[3] * deviations[3] + means[3]) / 2;
    return new double[] {cx - halfWidth, cy - halfHeight, cx + halfWidth, cy + halfHeight};
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
      double[] anchor = {anchors[i], anchors[i + 1], anchors[i + 2], anchors[i + 3]};
      double[] box =
          decode(anchor, new double[] {deltas[i], deltas[i + 1], deltas[i + 2], deltas[i + 3]});
      for (int e = 0; e < 4; e++) {
        boxes[i + e] = clip(box[e], e % 2 == 0 ? canvasWidth : canvasHeight);
      }
    }
    return boxes;
  }

  private double ratio(double logarithm) {
    return Math.exp(Math.min(Math.max(logarithm, -clamp), clamp));
  }

  private static double centre(float[] boxes, int lower) {
    return ((double) boxes[lower] + boxes[lower + 2]) / 2;
  }

  private static float clip(double value, double limit) {
    return (float) Math.min(Math.max(value, 0), limit);
  }
}
