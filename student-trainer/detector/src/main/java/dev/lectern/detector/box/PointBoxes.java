package dev.lectern.detector.box;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.Shape;

/**
 * Boxes around the point sets of RepPoints.
 *
 * <pre>
 *   moment  centre = mean of the points, half size = deviation (n - 1) · exp(m_w), exp(m_h)
 *   minmax  the smallest box that holds the points
 * </pre>
 *
 * <p>Yang et al. 2019 (arXiv:1904.11490), section 3.2. The gradient of the two learnable numbers is
 * scaled by 0.01.
 */
public final class PointBoxes {
  private static final float MOMENT_GRADIENT = 0.01f;

  private PointBoxes() {}

  /**
   * The moment form.
   *
   * @param points (N, 2 · P, H, W), y before x of each point
   * @param moments m_w and m_h, (1) or (N, 1, H, W) each
   * @return (N, 4, H, W) x1, y1, x2, y2
   */
  public static NDArray moment(NDArray points, NDList moments) {
    NDList scales = new NDList();
    for (NDArray one : moments) {
      scales.add(
          one.mul(constant(points, MOMENT_GRADIENT))
              .add(one.stopGradient().mul(constant(points, 1 - MOMENT_GRADIENT)))
              .exp());
    }
    NDList axes = axes(points);
    NDArray y = axes.get(0).mean(new int[] {1}, true);
    NDArray x = axes.get(1).mean(new int[] {1}, true);
    NDArray halfHeight = deviation(axes.get(0), y).mul(scales.get(1));
    NDArray halfWidth = deviation(axes.get(1), x).mul(scales.get(0));
    return NDArrays.concat(
        new NDList(x.sub(halfWidth), y.sub(halfHeight), x.add(halfWidth), y.add(halfHeight)), 1);
  }

  /**
   * The smallest boxes.
   *
   * @param points (N, 2 · P, H, W), y before x of each point
   * @return (N, 4, H, W) x1, y1, x2, y2
   */
  public static NDArray smallest(NDArray points) {
    NDList axes = axes(points);
    int[] within = {1};
    return NDArrays.concat(
        new NDList(
            axes.get(1).min(within, true),
            axes.get(0).min(within, true),
            axes.get(1).max(within, true),
            axes.get(0).max(within, true)),
        1);
  }

  /** The y and the x of all points, each (N, P, H, W). */
  private static NDList axes(NDArray points) {
    Shape shape = points.getShape();
    NDList both = points.reshape(shape.get(0), -1, 2, shape.get(2), shape.get(3)).split(2, 2);
    return new NDList(both.get(0).squeeze(2), both.get(1).squeeze(2));
  }

  /** DJL frees the arrays that it makes of plain numbers before backward reads them. */
  private static NDArray constant(NDArray neighbour, float value) {
    return neighbour.getManager().create(value);
  }

  private static NDArray deviation(NDArray values, NDArray mean) {
    float share = 1f / (values.getShape().get(1) - 1);
    return values
        .sub(mean)
        .square()
        .sum(new int[] {1}, true)
        .mul(constant(values, share))
        .maximum(constant(values, Float.MIN_NORMAL))
        .sqrt();
  }
}
