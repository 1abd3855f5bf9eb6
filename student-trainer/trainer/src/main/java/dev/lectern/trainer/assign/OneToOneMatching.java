package dev.lectern.trainer.assign;

import java.util.Arrays;

/**
 * The assignment of rows to columns of least total cost: Kuhn 1955 ("The Hungarian method for the
 * assignment problem"), by shortest augmenting paths, O(rows² · columns).
 */
public final class OneToOneMatching {
  private OneToOneMatching() {}

  /**
   * Gives every row a column of its own.
   *
   * @param costs (rows, columns), finite
   * @return for each row its column; -1 for rows that find none, where there are fewer columns than
   *     rows
   */
  public static int[] match(double[][] costs) {
    int rows = costs.length;
    if (rows == 0) {
      return new int[0];
    }
    int columns = costs[0].length;
    if (columns < rows) {
      return transposed(costs, columns);
    }
    double[] ofRow = new double[rows + 1];
    double[] ofColumn = new double[columns + 1];
    int[] rowAt = new int[columns + 1];
    int[] way = new int[columns + 1];
    for (int row = 1; row <= rows; row++) {
      rowAt[0] = row;
      int column = 0;
      double[] least = new double[columns + 1];
      Arrays.fill(least, Double.POSITIVE_INFINITY);
      boolean[] used = new boolean[columns + 1];
      do {
        used[column] = true;
        int at = rowAt[column];
        double delta = Double.POSITIVE_INFINITY;
        int next = 0;
        for (int j = 1; j <= columns; j++) {
          if (!used[j]) {
            double reduced = costs[at - 1][j - 1] - ofRow[at] - ofColumn[j];
            if (reduced < least[j]) {
              least[j] = reduced;
              way[j] = column;
            }
            if (least[j] < delta) {
              delta = least[j];
              next = j;
            }
          }
        }
        for (int j = 0; j <= columns; j++) {
          if (used[j]) {
            ofRow[rowAt[j]] += delta;
            ofColumn[j] -= delta;
          } else {
            least[j] -= delta;
          }
        }
        column = next;
      } while (rowAt[column] != 0);
      do {
        int before = way[column];
        rowAt[column] = rowAt[before];
        column = before;
      } while (column != 0);
    }
    int[] found = new int[rows];
    for (int j = 1; j <= columns; j++) {
      if (rowAt[j] > 0) {
        found[rowAt[j] - 1] = j - 1;
      }
    }
    return found;
  }

  private static int[] transposed(double[][] costs, int columns) {
    int[] found = new int[costs.length];
    Arrays.fill(found, -1);
    double[][] turned = new double[columns][costs.length];
    for (int i = 0; i < costs.length; i++) {
      for (int j = 0; j < columns; j++) {
        turned[j][i] = costs[i][j];
      }
    }
    int[] ofColumns = match(turned);
    for (int j = 0; j < columns; j++) {
      found[ofColumns[j]] = j;
    }
    return found;
  }
}
