package dev.lectern.producer.dataset;

import dev.lectern.schemas.config.UserMistakeException;
import java.nio.file.Path;

/**
 * Whether the label lines that look like polygons are something else. A single line may be either;
 * nine tenths of them tell:
 *
 * <ul>
 *   <li>those of a pose dataset: a class, a box, and points of the object, of two numbers each, or
 *       of three with 0, 1 or 2 for how visible it is, or a confidence. Key points lie in their
 *       box, and as corners of a polygon some would make it cross itself;
 *   <li>those of tracks: a class, a box, a confidence, and the number of the track.
 * </ul>
 *
 * <p>Not safe for use by several threads.
 */
final class PolygonLines {
  /** Fewer lines of tracks, or whose points have two numbers, tell nothing. */
  private static final int FEWEST = 3;

  /** Key points may miss their box by so much of its sides. */
  private static final double MARGIN = 0.1;

  /** Boxes may leave their image by so much of it. */
  private static final double NEAR = 0.02;

  /** Corners of turned boxes may leave their image by so much of it. */
  private static final double BEYOND = 0.5;

  /**
   * A corner lies this many times as far from the others as they lie apart: 1 is a parallelogram's.
   */
  private static final double NEIGHBOUR = 3;

  private static final int BOX = 4;
  private static final int TRACK = BOX + 2;

  private long lines;
  private long pairs;
  private long triples;
  private long others;
  private long tracks;
  private int length;
  private boolean equallyLong = true;
  private String first;

  /**
   * Looks at a line.
   *
   * @param v its numbers after the class
   * @param where file and line
   */
  void count(double[] v, String where) {
    if (lines == 0) {
      first = where;
      length = v.length;
    }
    lines++;
    equallyLong &= v.length == length;
    if (!equallyLong) {
      return;
    }
    boolean pair = areInside(v, 2);
    boolean triple = (v.length - BOX) % 3 == 0 && areInside(v, 3);
    pairs += pair ? 1 : 0;
    triples += triple ? 1 : 0;
    others += (pair || triple) && !isPolygon(v) ? 1 : 0;
    tracks += isTrack(v) ? 1 : 0;
  }

  /** A coordinate too far out of the image for a polygon; NaN if there is none. */
  static double beyond(double[] v) {
    for (double coordinate : v) {
      if (coordinate < -BEYOND || coordinate > 1 + BEYOND) {
        return coordinate;
      }
    }
    return Double.NaN;
  }

  /**
   * Whether the second point lies near the others, compared with how far these lie apart, and the
   * outline does not cross itself.
   */
  private static boolean isPolygon(double[] v) {
    if (!Double.isNaN(beyond(v))) {
      return false;
    }
    for (int axis = 0; axis < 2; axis++) {
      double min = v[axis];
      double max = v[axis];
      for (int i = BOX + axis; i < v.length; i += 2) {
        min = Math.min(min, v[i]);
        max = Math.max(max, v[i]);
      }
      double near = NEIGHBOUR * (max - min);
      if (v[2 + axis] < min - near || v[2 + axis] > max + near) {
        return false;
      }
    }
    for (int i = 0; i < v.length; i += 2) {
      for (int j = i + 4; j < v.length - (i == 0 ? 2 : 0); j += 2) {
        if (cross(v, i, j)) {
          return false;
        }
      }
    }
    return true;
  }

  /** Whether the sides that begin at two corners cross. */
  private static boolean cross(double[] v, int i, int j) {
    int nextI = (i + 2) % v.length;
    int nextJ = (j + 2) % v.length;
    return side(v, i, nextI, j) * side(v, i, nextI, nextJ) < 0
        && side(v, j, nextJ, i) * side(v, j, nextJ, nextI) < 0;
  }

  /** On which side of a line through two corners a third one lies, by its sign. */
  private static double side(double[] v, int from, int to, int corner) {
    return (v[to] - v[from]) * (v[corner + 1] - v[from + 1])
        - (v[to + 1] - v[from + 1]) * (v[corner] - v[from]);
  }

  private static boolean areInside(double[] v, int numbers) {
    for (int i = BOX; i < v.length; i += numbers) {
      double visible = numbers == 3 ? v[i + 2] : 2;
      if (visible < 0 || (visible > 1 && visible != 2)) {
        return false;
      }
      if (visible != 0
          && (Math.abs(v[i] - v[0]) > (0.5 + MARGIN) * v[2]
              || Math.abs(v[i + 1] - v[1]) > (0.5 + MARGIN) * v[3])) {
        return false;
      }
    }
    return v.length > BOX;
  }

  private static boolean isTrack(double[] v) {
    return v.length == TRACK
        && isSpan(v[0], v[2])
        && isSpan(v[1], v[3])
        && v[4] >= 0
        && v[4] <= 1
        && v[5] >= 1
        && v[5] == Math.rint(v[5]);
  }

  private static boolean isSpan(double centre, double side) {
    return side > 0 && centre - side / 2 >= -NEAR && centre + side / 2 <= 1 + NEAR;
  }

  /**
   * @throws UserMistakeException if the lines are plainly those of key points or of tracks
   */
  void check(Path folder) {
    if (!equallyLong) {
      return;
    }
    boolean ofTwo = lines >= FEWEST && isMost(pairs);
    boolean ofThree = lines > 0 && isMost(triples);
    String found = null;
    if ((ofTwo || ofThree) && others * 10 >= lines) {
      found = "a box and " + (length - BOX) / (ofThree ? 3 : 2) + " key points";
    } else if (lines >= FEWEST && isMost(tracks)) {
      found = "a box, a confidence and the number of a track";
    }
    if (found != null) {
      long count = ofThree ? triples : ofTwo ? pairs : tracks;
      throw new UserMistakeException(
          "label folder "
              + folder
              + ": found "
              + found
              + " in "
              + count
              + " of "
              + lines
              + " lines of "
              + (length + 1)
              + " columns, the first: "
              + first
              + "; expected boxes or polygons, leave out what follows the box");
    }
  }

  private boolean isMost(long count) {
    return count * 10 >= lines * 9;
  }
}
