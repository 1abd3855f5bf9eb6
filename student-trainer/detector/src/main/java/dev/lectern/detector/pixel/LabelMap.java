package dev.lectern.detector.pixel;

/**
 * The class of each pixel of a canvas.
 *
 * @param width pixels
 * @param height pixels
 * @param classes (height, width), row-major: class indices from 0, or {@link #IGNORED}
 */
public record LabelMap(int width, int height, byte[] classes) {
  /** A pixel without a label. */
  public static final int IGNORED = 255;

  /** Refuses another number of pixels. */
  public LabelMap {
    if (classes.length != width * height) {
      throw new IllegalArgumentException(
          "label map: found " + classes.length + " pixels, expected " + width + " x " + height);
    }
  }

  /** The class of a pixel, or {@link #IGNORED}. */
  public int at(int x, int y) {
    return Byte.toUnsignedInt(classes[y * width + x]);
  }
}
