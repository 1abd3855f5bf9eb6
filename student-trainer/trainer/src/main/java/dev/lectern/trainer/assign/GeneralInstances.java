package dev.lectern.trainer.assign;

import dev.lectern.detector.box.NonMaximumSuppression;
import dev.lectern.trainer.assign.LazySuppression.Entrance;
import java.util.function.Function;

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

  /**
   * Chosen instances with what they were chosen by, in order of falling score.
   *
   * @param rows indices among the candidates
   * @param boxes (G, 4) xyxy
   * @param scores (G)
   */
  public record Chosen(int[] rows, float[] boxes, float[] scores) {}

  /**
   * Instances of one image as printed: the score is max_c |P_t - P_s|, the box that of the network
   * whose largest probability is larger, the student's where they are equal.
   *
   * @param teacherLogits (M, K)
   * @param studentLogits (M, K)
   * @param boxes of both networks
   */
  public static Chosen asPrinted(
      float[] teacherLogits,
      float[] studentLogits,
      CandidateBoxes boxes,
      double iouThreshold,
      int limit) {
    int rows = boxes.count();
    int classes = rows == 0 ? 0 : teacherLogits.length / rows;
    float[] scores = new float[rows];
    boolean[] teacherIsSurer = new boolean[rows];
    for (int i = 0; i < rows; i++) {
      double widest = 0;
      for (int c = 0; c < classes; c++) {
        double difference =
            probability(teacherLogits[i * classes + c])
                - probability(studentLogits[i * classes + c]);
        widest = Math.max(widest, Math.abs(difference));
      }
      scores[i] = (float) widest;
      teacherIsSurer[i] = largest(teacherLogits, i, classes) > largest(studentLogits, i, classes);
    }
    return chosen(
        scores, some -> boxes.of(some, teacherIsSurer), Entrance.FREE, iouThreshold, limit);
  }

  /**
   * Instances of one image as the authors' reproduction selects them: the score is the difference
   * of the largest probabilities, boxes are clipped to the image, small ones dropped.
   *
   * @param teacherLogits (M, K), or (M, 1) largest ones
   * @param studentLogits (M, K), or (M, 1) largest ones
   * @param boxes of both networks, pixels
   * @param imageWidth pixels
   * @param imageHeight pixels
   * @param filter what is left out
   */
  public static Chosen reproduced(
      float[] teacherLogits,
      float[] studentLogits,
      CandidateBoxes boxes,
      double imageWidth,
      double imageHeight,
      Filter filter) {
    int rows = boxes.count();
    int classes = rows == 0 ? 0 : teacherLogits.length / rows;
    float[] scores = new float[rows];
    boolean[] teacherIsSurer = new boolean[rows];
    for (int i = 0; i < rows; i++) {
      double difference =
          probability(largest(teacherLogits, i, classes))
              - probability(largest(studentLogits, i, classes));
      scores[i] = (float) Math.abs(difference);
      teacherIsSurer[i] = difference > 0;
    }
    return chosen(
        scores,
        some -> CandidateBoxes.clipped(boxes.of(some, teacherIsSurer), imageWidth, imageHeight),
        new Entrance(filter.candidates(), Integer.MAX_VALUE, filter.minSide()),
        filter.iouThreshold(),
        filter.limit());
  }

  /**
   * What a selection leaves out.
   *
   * @param candidates how many of the best scores are looked at, published 3000
   * @param minSide pixels; a box needs longer sides, published 10
   * @param iouThreshold published 0.3
   * @param limit instances per image, published 10
   */
  public record Filter(int candidates, double minSide, double iouThreshold, int limit) {}

  private static Chosen chosen(
      float[] scores,
      Function<int[], float[]> boxes,
      Entrance entrance,
      double iouThreshold,
      int limit) {
    int[] rows = LazySuppression.keep(scores, boxes, entrance, iouThreshold, limit);
    float[] keptScores = new float[rows.length];
    for (int k = 0; k < rows.length; k++) {
      keptScores[k] = scores[rows[k]];
    }
    return new Chosen(rows, rows.length == 0 ? new float[0] : boxes.apply(rows), keptScores);
  }

  private static float largest(float[] logits, int row, int classes) {
    float largest = Float.NEGATIVE_INFINITY;
    for (int c = 0; c < classes; c++) {
      largest = Math.max(largest, logits[row * classes + c]);
    }
    return largest;
  }

  private static double probability(double logit) {
    return 1 / (1 + Math.exp(-logit));
  }
}
