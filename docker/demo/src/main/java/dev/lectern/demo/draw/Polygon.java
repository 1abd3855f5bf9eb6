package dev.lectern.demo.draw;

/**
 * A closed outline in pixels.
 *
 * @param xy corners, x and y alternating
 */
record Polygon(double[] xy) {

  /** Scales, turns and moves an outline: x' = centre + turn(angle) * (scaleX x, scaleY y). */
  static Polygon placed(
      double[] outline,
      double centreX,
      double centreY,
      double scaleX,
      double scaleY,
      double angle) {
    double cos = StrictMath.cos(angle);
    double sin = StrictMath.sin(angle);
    double[] xy = new double[outline.length];
    for (int i = 0; i < outline.length; i += 2) {
      double x = outline[i] * scaleX;
      double y = outline[i + 1] * scaleY;
      xy[i] = centreX + cos * x - sin * y;
      xy[i + 1] = centreY + sin * x + cos * y;
    }
    return new Polygon(xy);
  }

  /** Left, top, right, bottom. */
  double[] extent() {
    double[] extent = {xy[0], xy[1], xy[0], xy[1]};
    for (int i = 0; i < xy.length; i += 2) {
      extent[0] = Math.min(extent[0], xy[i]);
      extent[1] = Math.min(extent[1], xy[i + 1]);
      extent[2] = Math.max(extent[2], xy[i]);
      extent[3] = Math.max(extent[3], xy[i + 1]);
    }
    return extent;
  }

  /** Distance of a point to the outline in pixels, negative inside. */
  double distance(double px, double py) {
    double nearest = Double.MAX_VALUE;
    boolean inside = false;
    int n = xy.length;
    for (int i = 0, j = n - 2; i < n; j = i, i += 2) {
      double ax = xy[j];
      double ay = xy[j + 1];
      double bx = xy[i];
      double by = xy[i + 1];
      double ex = bx - ax;
      double ey = by - ay;
      double t = ((px - ax) * ex + (py - ay) * ey) / (ex * ex + ey * ey);
      t = Math.max(0, Math.min(1, t));
      double dx = px - ax - t * ex;
      double dy = py - ay - t * ey;
      nearest = Math.min(nearest, dx * dx + dy * dy);
      if ((ay > py) != (by > py) && px < ax + (py - ay) / (by - ay) * ex) {
        inside = !inside;
      }
    }
    double distance = Math.sqrt(nearest);
    return inside ? -distance : distance;
  }
}
