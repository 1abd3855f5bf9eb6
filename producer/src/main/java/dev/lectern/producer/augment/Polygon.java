package dev.lectern.producer.augment;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * A convex polygon; empty if it has fewer than three corners.
 *
 * @param x of the corners, in order around it
 * @param y of the corners
 */
record Polygon(double[] x, double[] y) {
  static Polygon rectangle(double left, double top, double right, double bottom) {
    return new Polygon(
        new double[] {left, right, right, left}, new double[] {top, top, bottom, bottom});
  }

  boolean isEmpty() {
    return x.length < 3;
  }

  Polygon map(Projective map) {
    double[] mappedX = new double[x.length];
    double[] mappedY = new double[x.length];
    for (int i = 0; i < x.length; i++) {
      mappedX[i] = map.applyX(x[i], y[i]);
      mappedY[i] = map.applyY(x[i], y[i]);
    }
    return new Polygon(mappedX, mappedY);
  }

  /** The part inside of another one: Sutherland and Hodgman 1974, one edge after the other. */
  Polygon clip(Polygon other) {
    double turn = Math.signum(other.signedArea());
    Polygon rest = this;
    for (int i = 0; i < other.x.length && !rest.isEmpty(); i++) {
      int next = (i + 1) % other.x.length;
      double dx = turn * (other.x[next] - other.x[i]);
      double dy = turn * (other.y[next] - other.y[i]);
      rest = rest.clip(other.x[i], other.y[i], dx, dy);
    }
    return other.isEmpty() ? new Polygon(new double[0], new double[0]) : rest;
  }

  /** The part on the inner side of a line: where direction cross (corner - origin) is positive. */
  private Polygon clip(double originX, double originY, double dx, double dy) {
    List<double[]> kept = new ArrayList<>(x.length + 1);
    for (int i = 0; i < x.length; i++) {
      int next = (i + 1) % x.length;
      double here = dx * (y[i] - originY) - dy * (x[i] - originX);
      double there = dx * (y[next] - originY) - dy * (x[next] - originX);
      if (here >= 0) {
        kept.add(new double[] {x[i], y[i]});
      }
      if (here > 0 && there < 0 || here < 0 && there > 0) {
        double at = here / (here - there);
        kept.add(new double[] {x[i] + at * (x[next] - x[i]), y[i] + at * (y[next] - y[i])});
      }
    }
    return new Polygon(
        kept.stream().mapToDouble(corner -> corner[0]).toArray(),
        kept.stream().mapToDouble(corner -> corner[1]).toArray());
  }

  double area() {
    return Math.abs(signedArea());
  }

  private double signedArea() {
    double twice = 0;
    for (int i = 0; i < x.length; i++) {
      int next = (i + 1) % x.length;
      twice += x[i] * y[next] - x[next] * y[i];
    }
    return twice / 2;
  }

  /** The smallest upright box around it, xyxy. */
  double[] bounds() {
    return new double[] {
      Arrays.stream(x).min().orElse(0),
      Arrays.stream(y).min().orElse(0),
      Arrays.stream(x).max().orElse(0),
      Arrays.stream(y).max().orElse(0)
    };
  }

  /**
   * Where a horizontal line is inside, from left to right; null where it is nowhere.
   *
   * @param line y of the line
   */
  double[] span(double line) {
    double left = Double.POSITIVE_INFINITY;
    double right = Double.NEGATIVE_INFINITY;
    for (int i = 0; i < x.length; i++) {
      int next = (i + 1) % x.length;
      if (y[i] <= line == y[next] <= line) {
        continue;
      }
      double at = x[i] + (line - y[i]) / (y[next] - y[i]) * (x[next] - x[i]);
      left = Math.min(left, at);
      right = Math.max(right, at);
    }
    return left < right ? new double[] {left, right} : null;
  }

  /** x and y in turn. */
  List<Double> toList() {
    List<Double> corners = new ArrayList<>(2 * x.length);
    for (int i = 0; i < x.length; i++) {
      corners.add(x[i]);
      corners.add(y[i]);
    }
    return corners;
  }
}
