package dev.lectern.producer.augment;

/**
 * One axis of a resize onto the canvas: the pixels from start on, and the canvas pixels that they
 * become.
 *
 * @param start first pixel that is shown
 * @param length pixels that are shown
 * @param canvas pixels that they become
 */
record Span(int start, int length, int canvas) {
  /**
   * @param length pixels of the frame
   * @param factor canvas pixels per pixel
   * @param canvas pixels of the canvas
   * @param at where the shown part lies if there is more than the canvas holds, 0 to 1
   */
  static Span of(int start, int length, double factor, int canvas, double at) {
    double scaled = length * factor;
    if (Math.round(scaled) <= canvas) {
      return new Span(start, length, (int) Math.max(1, Math.round(scaled)));
    }
    int shown = (int) Math.max(1, Math.min(length, Math.round(canvas / factor)));
    return new Span(start + position(length - shown, at), shown, canvas);
  }

  /** One of the integers 0 to room. */
  static int position(int room, double at) {
    return (int) (at * (room + 1));
  }
}
