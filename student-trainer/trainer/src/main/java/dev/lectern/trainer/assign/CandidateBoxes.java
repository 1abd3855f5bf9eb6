package dev.lectern.trainer.assign;

import java.util.Arrays;
import java.util.function.Function;

/**
 * The boxes that teacher and student predict at M candidates, made when asked for.
 *
 * @param count M
 * @param teacher gives the teacher's boxes of some candidates, (rows, 4) xyxy
 * @param student gives the student's, same unit
 */
public record CandidateBoxes(
    int count, Function<int[], float[]> teacher, Function<int[], float[]> student) {
  /**
   * Boxes that are there already.
   *
   * @param teacher (M, 4) xyxy
   * @param student (M, 4) xyxy, same unit
   */
  public static CandidateBoxes of(float[] teacher, float[] student) {
    return new CandidateBoxes(
        teacher.length / 4, rows -> taken(teacher, rows), rows -> taken(student, rows));
  }

  /** The boxes of some positions of an image, whose rows in the batch are given. */
  public static Function<int[], float[]> within(int[] rows, Function<int[], float[]> ofBatch) {
    return some -> ofBatch.apply(Arrays.stream(some).map(i -> rows[i]).toArray());
  }

  private static float[] taken(float[] boxes, int[] rows) {
    float[] some = new float[4 * rows.length];
    for (int r = 0; r < rows.length; r++) {
      System.arraycopy(boxes, 4 * rows[r], some, 4 * r, 4);
    }
    return some;
  }

  /**
   * Boxes of some candidates, (rows, 4): of each the teacher's or the student's.
   *
   * @param fromTeacher (M)
   */
  float[] of(int[] rows, boolean[] fromTeacher) {
    float[] boxes = student.apply(rows);
    float[] theirs = teacher.apply(rows);
    for (int r = 0; r < rows.length; r++) {
      if (fromTeacher[rows[r]]) {
        System.arraycopy(theirs, 4 * r, boxes, 4 * r, 4);
      }
    }
    return boxes;
  }

  /** The parts of boxes, (M, 4) xyxy, that are in the image; in place. */
  public static float[] clipped(float[] boxes, double imageWidth, double imageHeight) {
    for (int i = 0; i < boxes.length; i++) {
      double limit = i % 2 == 0 ? imageWidth : imageHeight;
      boxes[i] = (float) Math.min(Math.max(boxes[i], 0), limit);
    }
    return boxes;
  }
}
