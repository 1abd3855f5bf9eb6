package dev.lectern.trainer.view;

import ai.djl.ndarray.NDArray;
import dev.lectern.trainer.assign.BatchRows;
import dev.lectern.trainer.assign.RowRegion;
import dev.lectern.trainer.loss.Rows;

/** The boxes that both networks predict, row by row, xyxy. */
public final class PredictedBoxes {
  private final StudentRows student;
  private final BoxReading reading;
  private final TeacherOutputs teacher;
  private final BatchRows rows;

  /**
   * @param student its box outputs; null where its boxes are of other rows
   * @param reading how the student's box outputs become boxes
   * @param rows of the batch
   */
  public PredictedBoxes(
      StudentRows student, BoxReading reading, TeacherOutputs teacher, BatchRows rows) {
    this.student = student;
    this.reading = reading;
    this.teacher = teacher;
    this.rows = rows;
  }

  /** The order of the teacher's rows, which the student's have too where it has any. */
  public BatchRows rows() {
    return rows;
  }

  /** The student's at some rows, (rows, 4) in strides, with gradient. */
  public NDArray student(int[] at) {
    return reading.boxes(student.at(at), rows, at);
  }

  /**
   * The teacher's at some rows, (rows, 4) in strides, constants.
   *
   * @throws IllegalArgumentException if the recording lacks a row, or holds another form of boxes
   */
  public NDArray teacher(int[] at) {
    int channels = teacher.reading().decoder().channels();
    if (teacher.boxes().values().getShape().get(1) != channels) {
      throw new IllegalArgumentException(
          "the teacher's box outputs are "
              + teacher.boxes().values().getShape()
              + ", expected "
              + channels
              + " per prior");
    }
    NDArray values = teacher.boxes().at(at);
    return teacher.anchors().length == 0
        ? teacher.reading().boxes(values, rows, at)
        : teacher.reading().boxes(values, rows, at, teacher.anchors());
  }

  /** The student's at some rows as numbers in strides, (rows, 4). */
  public float[] studentInStrides(int[] at) {
    NDArray values = Rows.take(student.all().stopGradient(), at);
    return reading.boxes(values, rows, at).toFloatArray();
  }

  /** The student's at some rows as numbers in pixels, (rows, 4). */
  public float[] studentInPixels(int[] at) {
    return inPixels(studentInStrides(at), at);
  }

  /** The teacher's at some rows as numbers in pixels, (rows, 4). */
  public float[] teacherInPixels(int[] at) {
    return inPixels(teacher(at).toFloatArray(), at);
  }

  private float[] inPixels(float[] boxes, int[] at) {
    for (int r = 0; r < at.length; r++) {
      int stride = rows.strideOf(at[r]);
      for (int e = 4 * r; e < 4 * r + 4; e++) {
        boxes[e] *= stride;
      }
    }
    return boxes;
  }

  /** Whether the recording holds the box outputs of a row. */
  public boolean isRecorded(int row) {
    return teacher.boxes().has(row);
  }

  /** The rows that the recording holds. */
  public RowRegion recorded(BatchRows order) {
    return teacher.boxes().recorded(order);
  }
}
