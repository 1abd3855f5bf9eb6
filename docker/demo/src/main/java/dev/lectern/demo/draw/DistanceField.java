package dev.lectern.demo.draw;

/**
 * Distances of the pixels of a window to a shape's outline, negative inside.
 *
 * @param window where
 * @param distances pixels, row-major
 */
record DistanceField(Canvas.Window window, float[] distances) {

  /**
   * Measures at the middle of every pixel.
   *
   * @param inner outline of a hole, or null
   */
  static DistanceField of(Canvas.Window window, Polygon outline, Polygon inner) {
    int width = Math.max(0, window.right() - window.left());
    int height = Math.max(0, window.bottom() - window.top());
    float[] distances = new float[width * height];
    for (int i = 0; i < distances.length; i++) {
      double x = window.left() + i % width + 0.5;
      double y = window.top() + i / width + 0.5;
      double distance = outline.distance(x, y);
      distances[i] = (float) (inner == null ? distance : Math.max(distance, -inner.distance(x, y)));
    }
    return new DistanceField(window, distances);
  }

  float at(int x, int y) {
    return distances[(y - window.top()) * (window.right() - window.left()) + x - window.left()];
  }
}
