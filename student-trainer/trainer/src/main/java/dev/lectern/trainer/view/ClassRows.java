package dev.lectern.trainer.view;

import ai.djl.ndarray.NDArray;
import dev.lectern.trainer.assign.BatchRows;
import dev.lectern.trainer.assign.RowRegion;
import dev.lectern.trainer.loss.Constants;
import java.util.stream.IntStream;

/**
 * The class logits of both networks, a row for each position. Where the student has a background
 * and the teacher none, the student's is left out.
 */
public final class ClassRows {
  private final StudentRows student;
  private final TeacherOutputs teacher;
  private final boolean isStudentSoftmax;
  private final boolean isTeacherSoftmax;

  /** Logits of a sigmoid each, or of a softmax without background. */
  public ClassRows(StudentRows student, TeacherOutputs teacher) {
    this(student, teacher, false, false);
  }

  /**
   * @param isStudentSoftmax whether the student's are K + 1 logits of a softmax, the background's
   *     last; without it K logits
   * @param isTeacherSoftmax the same of the teacher
   */
  public ClassRows(
      StudentRows student,
      TeacherOutputs teacher,
      boolean isStudentSoftmax,
      boolean isTeacherSoftmax) {
    this.student = student;
    this.teacher = teacher;
    this.isStudentSoftmax = isStudentSoftmax;
    this.isTeacherSoftmax = isTeacherSoftmax;
  }

  /**
   * The same rows where each class is by itself: logits whose sigmoids are the classes'
   * probabilities. Of a softmax with background those are ln(p / (1 - p)) of the K classes.
   */
  public ClassRows independent() {
    if (!isStudentSoftmax && !isTeacherSoftmax) {
      return this;
    }
    TeacherRows cls = teacher.cls();
    return new ClassRows(
        isStudentSoftmax ? new StudentRows(odds(student.all())) : student,
        isTeacherSoftmax
            ? teacher.at(new TeacherRows(odds(cls.values()), cls.index()), null, null, null)
            : teacher);
  }

  /** The student's columns that the teacher has too. */
  private NDArray inCommon(NDArray rows) {
    return isStudentSoftmax && !isTeacherSoftmax ? rows.get(":, :-1") : rows;
  }

  /** z_k - ln Σ over j ≠ k of e^z_j, of all but the last column. */
  private static NDArray odds(NDArray logits) {
    NDArray logP = logits.logSoftmax(1).get(":, :-1");
    NDArray p = logP.exp();
    // 1 - p of a sure class is its smallest step
    NDArray others = p.neg().add(1f).maximum(Constants.of(logits, 1e-7f)).log();
    return logP.sub(others);
  }

  /** Every row of the student, (N * R, classes). */
  public NDArray student() {
    return inCommon(student.all());
  }

  /** Some rows of the student, (rows, K). */
  public NDArray student(int[] rows) {
    return inCommon(student.at(rows));
  }

  /** The student's rows of a region that is not empty, (M, K). */
  public NDArray student(RowRegion region) {
    return inCommon(student.at(region));
  }

  /**
   * The student's largest class score at a region's rows.
   *
   * @return (M), probabilities, constants
   */
  public NDArray studentScores(RowRegion region) {
    return student(region).stopGradient().max(new int[] {1}).getNDArrayInternal().sigmoid();
  }

  /**
   * Some rows of the teacher, (rows, K), constants.
   *
   * @throws IllegalArgumentException if the recording lacks one
   */
  public NDArray teacher(int[] rows) {
    return teacher.cls().at(rows);
  }

  /**
   * The teacher's largest class logit at every row, (N * R).
   *
   * @throws IllegalArgumentException if the recording lacks a row
   */
  public float[] teacherBest() {
    int[] all = IntStream.range(0, Math.toIntExact(teacher.cls().covered())).toArray();
    return teacher(all).max(new int[] {1}).toFloatArray();
  }

  /**
   * The teacher's largest class score at a region's rows.
   *
   * @return (M), probabilities, constants
   */
  public NDArray teacherScores(RowRegion region) {
    return teacher(region.rows()).max(new int[] {1}).getNDArrayInternal().sigmoid();
  }

  /** Whether the recording holds the class logits of a row. */
  public boolean isRecorded(int row) {
    return teacher.cls().has(row);
  }

  /** The rows that the recording holds. */
  public RowRegion recorded(BatchRows order) {
    return teacher.cls().recorded(order);
  }
}
