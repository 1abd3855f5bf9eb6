package dev.lectern.detector.box;

/**
 * Boxes as the distances of their four edges from a centre, and the distribution over bins that a
 * head predicts for each distance.
 *
 * <p>Generalized focal loss (arXiv:2006.04388), section 3.2: bin j stands for j strides; the
 * predicted distance is the expectation of the softmax over the bins.
 */
public final class DistanceCoder {
  private DistanceCoder() {}

  /**
   * Writes the distances l, t, r, b of a box from a centre, each clamped to [0, limit].
   *
   * @param box boxes, xyxy
   * @param index which box
   * @param limit largest distance: for n + 1 bins n - 0.1, so that the upper neighbour bin exists
   * @param distances receives four numbers from {@code at}
   */
  public static void encode(
      double centreX,
      double centreY,
      float[] box,
      int index,
      double limit,
      float[] distances,
      int at) {
    distances[at] = (float) clamp(centreX - box[4 * index], limit);
    distances[at + 1] = (float) clamp(centreY - box[4 * index + 1], limit);
    distances[at + 2] = (float) clamp(box[4 * index + 2] - centreX, limit);
    distances[at + 3] = (float) clamp(box[4 * index + 3] - centreY, limit);
  }

  /**
   * Expected distance of one edge: Σ j · softmax(z)_j.
   *
   * @param logits any array that holds the edge's bins
   * @param offset index of bin 0
   * @param step elements between one bin and the next: 1 in a row, H*W in a (4*bins, H, W) map
   * @param bins number of bins
   * @return in strides, between 0 and bins - 1
   */
  public static double expectation(float[] logits, int offset, int step, int bins) {
    float max = Float.NEGATIVE_INFINITY;
    for (int j = 0, i = offset; j < bins; j++, i += step) {
      max = Math.max(max, logits[i]);
    }
    double mass = 0;
    double moment = 0;
    for (int j = 0, i = offset; j < bins; j++, i += step) {
      double e = Math.exp(logits[i] - max);
      mass += e;
      moment += j * e;
    }
    return moment / mass;
  }

  private static double clamp(double distance, double limit) {
    return Math.min(Math.max(distance, 0), limit);
  }
}
