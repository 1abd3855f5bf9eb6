package dev.lectern.trainer.target;

import dev.lectern.detector.box.NonMaximumSuppression;

/**
 * Positions where teacher and student disagree most about the class, thinned by non-maximum
 * suppression (general instances, arXiv:2103.02340, section 3.1) in the form of the localization
 * distillation code.
 *
 * <pre>
 *   g_i   = max_c |P_t - P_s|,  c* its argmax,  P = sigmoid(cls)
 *   box_i = the teacher's where P_t ≥ P_s at c*, else the student's
 * </pre>
 */
public final class GeneralInstances {
  private GeneralInstances() {}

  /**
   * Chooses instances among the given rows.
   *
   * @param teacherLogits (M, K) class logits
   * @param studentLogits (M, K)
   * @param teacherBoxes (M, 4) xyxy
   * @param studentBoxes (M, 4) xyxy, same unit
   * @param iouThreshold published 0.3
   * @param limit published 10
   * @return row indices in order of falling disagreement
   */
  public static int[] select(
      float[] teacherLogits,
      float[] studentLogits,
      float[] teacherBoxes,
      float[] studentBoxes,
      double iouThreshold,
      int limit) {
    int rows = teacherBoxes.length / 4;
    int classes = rows == 0 ? 0 : teacherLogits.length / rows;
    float[] scores = new float[rows];
    float[] boxes = new float[4 * rows];
    for (int i = 0; i < rows; i++) {
      double widest = 0;
      for (int c = 0; c < classes; c++) {
        double difference =
            probability(teacherLogits[i * classes + c])
                - probability(studentLogits[i * classes + c]);
        if (Math.abs(difference) > Math.abs(widest)) {
          widest = difference;
        }
      }
      scores[i] = (float) Math.abs(widest);
      System.arraycopy(widest >= 0 ? teacherBoxes : studentBoxes, 4 * i, boxes, 4 * i, 4);
    }
    return NonMaximumSuppression.keep(boxes, scores, iouThreshold, limit);
  }

  private static double probability(double logit) {
    return 1 / (1 + Math.exp(-logit));
  }
}
