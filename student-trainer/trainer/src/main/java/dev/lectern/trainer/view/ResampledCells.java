package dev.lectern.trainer.view;

import dev.lectern.detector.prior.LevelGrid;
import dev.lectern.detector.prior.PriorGrid;

/**
 * Where a teacher looks that saw a larger view, for each cell of a student: in the cell in which
 * the centre of the student's lies. Immutable.
 *
 * <p>With a factor f, strides of the student per stride of the teacher, and centres c, an edge that
 * lies d strides to the left of the teacher's centre lies f d + δ to the left of the student's,
 * where δ = c_student - f c_teacher; to the right it is f d - δ; up and down likewise.
 */
public final class ResampledCells {
  private static final int SIDES = 4;

  private final int[] cells;

  /** (cells, 2): across, down. */
  private final float[] factors;

  /** (cells, 2): δ across, down. */
  private final float[] shifts;

  private ResampledCells(int cells) {
    this.cells = new int[cells];
    this.factors = new float[2 * cells];
    this.shifts = new float[2 * cells];
  }

  /**
   * Pairs levels by position.
   *
   * @param student its priors
   * @param teacher its priors on the larger view, on as many levels
   * @param across width of the student's view over that of the teacher's
   * @param down the same of heights
   */
  public static ResampledCells of(
      PriorGrid student, PriorGrid teacher, double across, double down) {
    ResampledCells resampled =
        new ResampledCells(student.levels().stream().mapToInt(LevelGrid::cells).sum());
    int at = 0;
    int first = 0;
    for (int level = 0; level < student.levels().size(); level++) {
      LevelGrid ours = student.levels().get(level);
      LevelGrid theirs = teacher.levels().get(level);
      double x = theirs.stride() * across / ours.stride();
      double y = theirs.stride() * down / ours.stride();
      int[] from = theirs.nearest(ours);
      for (int cell = 0; cell < ours.cells(); cell++, at++) {
        int other = from[cell];
        resampled.cells[at] = first + other;
        resampled.factors[2 * at] = (float) x;
        resampled.factors[2 * at + 1] = (float) y;
        resampled.shifts[2 * at] =
            (float)
                (cell % ours.width()
                    + student.gridOffset()
                    - x * (other % theirs.width() + teacher.gridOffset()));
        resampled.shifts[2 * at + 1] =
            (float)
                (cell / ours.width()
                    + student.gridOffset()
                    - y * (other / theirs.width() + teacher.gridOffset()));
      }
      first += theirs.cells();
    }
    return resampled;
  }

  /** The teacher's cell for one of the student's, both over all levels. */
  int of(int cell) {
    return cells[cell];
  }

  /**
   * What boxes in strides of the teacher are multiplied by.
   *
   * @param of cells of the student, (M)
   * @return (M, 4)
   */
  float[] factors(int[] of) {
    float[] factor = new float[SIDES * of.length];
    for (int m = 0; m < of.length; m++) {
      for (int side = 0; side < SIDES; side++) {
        factor[SIDES * m + side] = factors[2 * of[m] + side % 2];
      }
    }
    return factor;
  }

  /**
   * Distributions of the teacher over distances of 0, 1, 2, ... of its strides, on the student's
   * support. Each bin's mass is split linearly between the two bins around its new distance; what
   * lies beyond an end goes into the end.
   *
   * @param probabilities (M, 4, bins of the teacher)
   * @param of cells of the student, (M)
   * @param bins of the student
   * @return (M, 4, bins)
   */
  float[] distributions(float[] probabilities, int[] of, int bins) {
    int theirs = probabilities.length / (SIDES * of.length);
    float[] moved = new float[SIDES * of.length * bins];
    for (int row = 0; row < SIDES * of.length; row++) {
      int side = row % SIDES;
      int axis = 2 * of[row / SIDES] + side % 2;
      double shift = side < 2 ? shifts[axis] : -shifts[axis];
      for (int bin = 0; bin < theirs; bin++) {
        double distance = Math.min(Math.max(factors[axis] * bin + shift, 0), bins - 1);
        int lower = (int) Math.min(Math.floor(distance), bins - 2);
        float mass = probabilities[row * theirs + bin];
        float upper = (float) (distance - lower) * mass;
        moved[row * bins + lower] += mass - upper;
        moved[row * bins + lower + 1] += upper;
      }
    }
    return moved;
  }
}
