package dev.lectern.schemas.descriptor;

/**
 * The cells of one level of a teacher's head.
 *
 * @param stride pixels of the network input per cell
 * @param height rows
 * @param width columns
 */
public record Level(int stride, int height, int width) {
  /** The level of an input: rows and columns are rounded up. */
  public static Level of(int stride, int inputHeight, int inputWidth) {
    return new Level(stride, cells(inputHeight, stride), cells(inputWidth, stride));
  }

  /** Cells of a side: a last one that is not whole counts. */
  public static int cells(int pixels, int stride) {
    return (pixels + stride - 1) / stride;
  }
}
