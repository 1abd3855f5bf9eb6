package dev.lectern.producer.dataset;

import dev.lectern.schemas.view.Affine;
import org.opencv.core.Core;
import org.opencv.core.Mat;

/** How stored pixels must be turned to stand upright: the eight values of EXIF tag 0x0112. */
public enum Orientation {
  UPRIGHT,
  MIRRORED,
  TURNED_180,
  FLIPPED,
  TRANSPOSED,
  TURNED_RIGHT,
  TRANSVERSED,
  TURNED_LEFT;

  /** The orientation of an EXIF value; upright for values that EXIF does not define. */
  public static Orientation ofExif(int value) {
    return value >= 1 && value <= 8 ? values()[value - 1] : UPRIGHT;
  }

  /** Whether width and height change places. */
  public boolean swapsSides() {
    return ordinal() >= TRANSPOSED.ordinal();
  }

  /**
   * Turns an image upright.
   *
   * @return a new image, or {@code stored} itself when there is nothing to turn
   */
  public Mat apply(Mat stored) {
    if (this == UPRIGHT) {
      return stored;
    }
    Mat upright = new Mat();
    switch (this) {
      case MIRRORED -> Core.flip(stored, upright, 1);
      case TURNED_180 -> Core.rotate(stored, upright, Core.ROTATE_180);
      case FLIPPED -> Core.flip(stored, upright, 0);
      case TRANSPOSED -> Core.transpose(stored, upright);
      case TURNED_RIGHT -> Core.rotate(stored, upright, Core.ROTATE_90_CLOCKWISE);
      case TRANSVERSED -> {
        Core.transpose(stored, upright);
        Core.flip(upright, upright, -1);
      }
      default -> Core.rotate(stored, upright, Core.ROTATE_90_COUNTERCLOCKWISE);
    }
    return upright;
  }

  /**
   * The map from stored to upright coordinates.
   *
   * @param width of the stored image, pixels
   * @param height of the stored image, pixels
   */
  public Affine map(int width, int height) {
    return switch (this) {
      case UPRIGHT -> Affine.IDENTITY;
      case MIRRORED -> new Affine(-1, 0, width, 0, 1, 0);
      case TURNED_180 -> new Affine(-1, 0, width, 0, -1, height);
      case FLIPPED -> new Affine(1, 0, 0, 0, -1, height);
      case TRANSPOSED -> new Affine(0, 1, 0, 1, 0, 0);
      case TURNED_RIGHT -> new Affine(0, -1, height, 1, 0, 0);
      case TRANSVERSED -> new Affine(0, -1, height, -1, 0, width);
      case TURNED_LEFT -> new Affine(0, 1, 0, -1, 0, width);
    };
  }
}
