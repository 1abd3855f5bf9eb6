package dev.lectern.producer.dataset;

import dev.lectern.schemas.config.UserMistakeException;
import java.nio.file.Path;

/**
 * Whether the label lines that look like polygons are those of a pose dataset: a class, a box, and
 * points of the object, of two numbers each, or of three with 0, 1 or 2 for how visible it is. A
 * single line may be either; all of them together tell: key points lie in their box, and the box's
 * size, read as a point, does not lie near the others of a polygon in every line.
 *
 * <p>Not safe for use by several threads.
 */
final class KeyPointLines {
  /** Fewer lines whose points have two numbers tell nothing. */
  private static final int FEWEST = 3;

  /** Key points may miss their box by so much of its sides. */
  private static final double MARGIN = 0.1;

  private static final int BOX = 4;

  private long lines;
  private long pairs;
  private long triples;
  private int length;
  private boolean equallyLong = true;
  private boolean arePolygons = true;
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
    arePolygons &= isPolygon(v);
    pairs += areInside(v, 2) ? 1 : 0;
    triples += (v.length - BOX) % 3 == 0 && areInside(v, 3) ? 1 : 0;
  }

  /** Whether the second point lies no farther from the others than they lie apart. */
  private static boolean isPolygon(double[] v) {
    for (int axis = 0; axis < 2; axis++) {
      double min = v[axis];
      double max = v[axis];
      for (int i = BOX + axis; i < v.length; i += 2) {
        min = Math.min(min, v[i]);
        max = Math.max(max, v[i]);
      }
      double apart = max - min;
      if (v[2 + axis] < min - apart || v[2 + axis] > max + apart) {
        return false;
      }
    }
    return true;
  }

  private static boolean areInside(double[] v, int numbers) {
    for (int i = BOX; i < v.length; i += numbers) {
      double visible = numbers == 3 ? v[i + 2] : 2;
      if (visible != 0 && visible != 1 && visible != 2) {
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

  /**
   * @throws UserMistakeException if the lines are plainly those of key points
   */
  void check(Path folder) {
    boolean ofTwo = lines >= FEWEST && pairs == lines && !arePolygons;
    boolean ofThree = lines > 0 && triples == lines;
    if (equallyLong && (ofTwo || ofThree)) {
      throw new UserMistakeException(
          "label folder "
              + folder
              + ": found a box and "
              + (length - BOX) / (ofThree ? 3 : 2)
              + " key points in each of "
              + lines
              + " lines of "
              + (length + 1)
              + " columns, the first: "
              + first
              + "; expected boxes or polygons, leave out the key points");
    }
  }
}
