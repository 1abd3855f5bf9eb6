package dev.lectern.trainer.assign;

/**
 * Boxes drawn onto every level, each cell weighed by the smallest box that covers it (FGD,
 * arXiv:2111.11837, eq. 3 and 4).
 *
 * <pre>
 *   columns floor(x1 / W_image · W) .. ceil(x2 / W_image · W), both included; rows likewise
 *   foreground = 1 / (rows · columns), the largest of the covering boxes
 *   background = 1 / (number of cells without a box)
 * </pre>
 */
public final class AreaMask {
  private AreaMask() {}

  /**
   * Foreground weights of one image and level.
   *
   * @param boxes (G, 4) xyxy pixels
   * @param imageHeight pixels
   * @param imageWidth pixels
   * @param height cells
   * @param width cells
   * @return (H * W); 0 where no box is
   */
  public static float[] foreground(
      float[] boxes, double imageHeight, double imageWidth, int height, int width) {
    float[] mask = new float[height * width];
    for (int g = 0; g < boxes.length / 4; g++) {
      int left = (int) Math.floor(boxes[4 * g] / imageWidth * width);
      int right = (int) Math.ceil(boxes[4 * g + 2] / imageWidth * width);
      int top = (int) Math.floor(boxes[4 * g + 1] / imageHeight * height);
      int bottom = (int) Math.ceil(boxes[4 * g + 3] / imageHeight * height);
      float weight = (float) (1.0 / (bottom + 1 - top) / (right + 1 - left));
      for (int y = Math.max(top, 0); y <= Math.min(bottom, height - 1); y++) {
        for (int x = Math.max(left, 0); x <= Math.min(right, width - 1); x++) {
          mask[y * width + x] = Math.max(mask[y * width + x], weight);
        }
      }
    }
    return mask;
  }

  /**
   * Background weights that belong to foreground weights.
   *
   * @return as many; 1 in sum, or all 0 where boxes cover the whole map
   */
  public static float[] background(float[] foreground) {
    int free = 0;
    for (float weight : foreground) {
      free += weight > 0 ? 0 : 1;
    }
    float[] mask = new float[foreground.length];
    for (int i = 0; i < mask.length; i++) {
      mask[i] = foreground[i] > 0 ? 0 : 1f / free;
    }
    return mask;
  }
}
