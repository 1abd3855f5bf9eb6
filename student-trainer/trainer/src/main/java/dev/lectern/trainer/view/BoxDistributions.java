package dev.lectern.trainer.view;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import dev.lectern.trainer.assign.BatchRows;
import dev.lectern.trainer.assign.DistributionRebinning;
import dev.lectern.trainer.assign.RowRegion;

/** The logits of both networks' distributions over the four distances of a box, row by row. */
public final class BoxDistributions {
  private final StudentRows student;
  private final int bins;
  private final TeacherOutputs teacher;
  private final BatchRows order;

  /**
   * @param bins of the student, per box side
   * @param order of the rows
   */
  public BoxDistributions(StudentRows student, int bins, TeacherOutputs teacher, BatchRows order) {
    this.student = student;
    this.bins = bins;
    this.teacher = teacher;
    this.order = order;
  }

  /** The student's bins per box side, B. */
  public int bins() {
    return bins;
  }

  /** From the teacher's distributions to the student's. */
  public DistributionRebinning rebinning() {
    return teacher.rebinning();
  }

  /** Some rows of the student, (rows, 4 * B). */
  public NDArray student(int[] rows) {
    return student.at(rows);
  }

  /** The student's rows of a region that is not empty, (M, 4 * B). */
  public NDArray student(RowRegion region) {
    return student.at(region);
  }

  /** Whether both networks' bins stand for the same distances, so that logits can be compared. */
  public boolean areAlike() {
    return teacher.matched() == null && resampled() == null && rebinning().isIdentity();
  }

  private ResampledCells resampled() {
    return teacher.reading() == null ? null : teacher.reading().resampled();
  }

  /**
   * The teacher's distributions on the student's support, constants.
   *
   * @param rows (M)
   * @return (4 * M, B) probabilities; all 0 where no query of the teacher is matched
   */
  public NDArray probabilities(int[] rows) {
    if (teacher.matched() != null) {
      return student
          .all()
          .getManager()
          .create(teacher.matched().probabilities(rows, bins), new Shape(4L * rows.length, bins));
    }
    NDArray logits = teacher(rows);
    int theirs = rebinning().teacherBins();
    NDArray probabilities = logits.reshape(-1, 4, theirs).softmax(2);
    if (resampled() != null) {
      float[] moved =
          resampled()
              .distributions(probabilities.toFloatArray(), BoxReading.cells(order, rows), bins);
      return logits.getManager().create(moved, new Shape(4L * rows.length, bins));
    }
    NDArray maps = logits.getManager().create(rebinning().matrices(), new Shape(4, theirs, bins));
    return probabilities.transpose(1, 0, 2).batchMatMul(maps).transpose(1, 0, 2).reshape(-1, bins);
  }

  /**
   * Some rows of the teacher, constants.
   *
   * @return (rows, 4 * the teacher's bins)
   * @throws IllegalArgumentException if the recording lacks a row, or holds another number of bins
   */
  public NDArray teacher(int[] rows) {
    int expected = rebinning().teacherBins();
    if (teacher.boxes().values().getShape().get(1) != 4L * expected) {
      throw new IllegalArgumentException(
          "the teacher's distributions are "
              + teacher.boxes().values().getShape()
              + ", expected 4 x "
              + expected
              + " logits per position");
    }
    return teacher.boxes().at(rows);
  }
}
