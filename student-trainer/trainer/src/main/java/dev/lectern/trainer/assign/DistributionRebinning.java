package dev.lectern.trainer.assign;

/**
 * Carries a teacher's box distribution over to a student whose priors sit elsewhere in the cell or
 * whose distances have another number of bins.
 *
 * <p>Bin j says "the edge is j strides from the centre". With centres at (cell + offset) * stride,
 * the student's centre lies δ = studentOffset - teacherOffset strides to the right of and below the
 * teacher's, so the same left or top edge is j + δ strides away, and the same right or bottom edge
 * j - δ. Each bin's mass is split linearly between the two student bins around its new distance,
 * which keeps the expected distance; mass beyond an end of the student's support goes into that end
 * bin, as distance targets are clamped there too. Mass is preserved.
 */
public final class DistributionRebinning {
  private final int teacherBins;
  private final int studentBins;
  private final double shift;

  private DistributionRebinning(int teacherBins, int studentBins, double shift) {
    this.teacherBins = teacherBins;
    this.studentBins = studentBins;
    this.shift = shift;
  }

  /**
   * The re-binning from a teacher to a student with the same strides.
   *
   * @param teacherOffset the teacher's prior centre in its cell, in strides
   * @param studentOffset the student's
   * @throws IllegalArgumentException if the supports cannot be mapped; the message says why
   */
  public static DistributionRebinning between(
      int teacherBins, double teacherOffset, int studentBins, double studentOffset) {
    double shift = studentOffset - teacherOffset;
    if (teacherBins < 2 || studentBins < 2) {
      throw new IllegalArgumentException(
          "teacher has "
              + teacherBins
              + " and student "
              + studentBins
              + " bins per box side, expected at least 2 to form a distribution");
    }
    if (!(Math.abs(shift) <= 1)) {
      throw new IllegalArgumentException(
          "grid offset of the teacher is "
              + teacherOffset
              + ", of the student "
              + studentOffset
              + ": expected at most one cell apart, otherwise their positions see other places");
    }
    return new DistributionRebinning(teacherBins, studentBins, shift);
  }

  /** Whether teacher and student agree, so that nothing has to be done. */
  public boolean isIdentity() {
    return shift == 0 && teacherBins == studentBins;
  }

  /** How far the student's centre lies to the right of and below the teacher's, in strides. */
  public double shift() {
    return shift;
  }

  /** Bins per box side of the teacher. */
  public int teacherBins() {
    return teacherBins;
  }

  /** Bins per box side of the student. */
  public int studentBins() {
    return studentBins;
  }

  /**
   * The linear maps of the four edges l, t, r, b.
   *
   * @return (4, teacherBins, studentBins), row-major; each row sums to 1. Student probabilities of
   *     edge e are teacher probabilities times matrix e
   */
  public float[] matrices() {
    float[] matrices = new float[4 * teacherBins * studentBins];
    for (int edge = 0; edge < 4; edge++) {
      double moved = edge < 2 ? shift : -shift;
      for (int bin = 0; bin < teacherBins; bin++) {
        double distance = Math.min(Math.max(bin + moved, 0), studentBins - 1);
        int lower = (int) Math.min(Math.floor(distance), studentBins - 2);
        double upperShare = distance - lower;
        int row = (edge * teacherBins + bin) * studentBins;
        matrices[row + lower] = (float) (1 - upperShare);
        matrices[row + lower + 1] = (float) upperShare;
      }
    }
    return matrices;
  }
}
