package dev.lectern.producer.augment;

import dev.lectern.schemas.view.Affine;

/**
 * A window of whole pixels of an image, mirrored or not, resized to whole pixels.
 *
 * @param source the image
 * @param mirrored left and right change places, before the window is cut
 * @param window of the (mirrored) image, pixels
 * @param width of the result, pixels
 * @param height of the result, pixels
 */
record Cut(Picture source, boolean mirrored, Window window, int width, int height) {
  /**
   * A part of an image.
   *
   * @param x left edge, pixels
   * @param y top edge, pixels
   * @param width pixels, at least 1
   * @param height pixels, at least 1
   */
  record Window(int x, int y, int width, int height) {}

  static Cut whole(Picture source) {
    return new Cut(
        source,
        false,
        new Window(0, 0, source.width(), source.height()),
        source.width(),
        source.height());
  }

  Cut mirror() {
    Window other =
        new Window(source.width() - window.x - window.width, window.y, window.width, window.height);
    return new Cut(source, !mirrored, other, width, height);
  }

  /** Another window, at its own size. */
  Cut of(Window other) {
    return new Cut(source, mirrored, other, other.width, other.height);
  }

  /** Source pixels to those of the result. */
  Affine affine() {
    Affine turned = mirrored ? Affine.flipHorizontal(source.width()) : Affine.IDENTITY;
    return turned
        .then(Affine.translate(-window.x, -window.y))
        .then(Affine.scale(width / (double) window.width, height / (double) window.height));
  }

  /** Left edge of the window in the unmirrored image. */
  int left() {
    return mirrored ? source.width() - window.x - window.width : window.x;
  }
}
