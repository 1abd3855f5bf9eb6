package dev.lectern.trainer.distil;

import dev.lectern.detector.box.NonMaximumSuppression;
import dev.lectern.trainer.assign.BatchRows;
import dev.lectern.trainer.assign.CandidateBoxes;
import dev.lectern.trainer.assign.GroundTruth;
import dev.lectern.trainer.assign.LazySuppression;
import dev.lectern.trainer.assign.LazySuppression.Entrance;
import dev.lectern.trainer.view.TeacherInstances;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;

/**
 * What a teacher proposes: its recorded instances, or what a one-stage teacher would propose, its
 * best boxes by largest class score, thinned; clipped to the input.
 *
 * @param input the size of the input
 * @param candidates how many of the best scores are looked at
 * @param iouThreshold overlap at which one box suppresses another
 * @param limit proposals per image
 */
record TeacherProposals(GroundTruth.Extent input, int candidates, double iouThreshold, int limit)
    implements Function<Step, List<float[]>> {

  @Override
  public List<float[]> apply(Step step) {
    if (step.given() != null) {
      return recorded(step.given());
    }
    BatchRows rows = step.boxes().rows();
    float[] scores = step.classes().teacherBest();
    List<float[]> proposals = new ArrayList<>();
    for (int image = 0; image < rows.images(); image++) {
      proposals.add(
          best(
              rows.ofImage(image, scores, 1),
              CandidateBoxes.within(rows.ofImage(image), step.boxes()::teacherInPixels)));
    }
    return proposals;
  }

  /** The best of each image; proposals come in that order. */
  private List<float[]> recorded(TeacherInstances given) {
    List<float[]> boxes = new ArrayList<>();
    for (int image = 0; image < given.counts().length; image++) {
      float[] own = given.boxesOf(image);
      float[] scores = new float[own.length / 4];
      for (int row = 0; row < scores.length && !given.areProposals(); row++) {
        scores[row] = (float) Arrays.stream(given.probabilities(image, row)).max().orElse(0);
      }
      int[] order = NonMaximumSuppression.byFallingScore(scores);
      float[] some = new float[Math.min(own.length, 4 * limit)];
      for (int i = 0; i < some.length / 4; i++) {
        System.arraycopy(own, 4 * order[i], some, 4 * i, 4);
      }
      boxes.add(CandidateBoxes.clipped(some, input.width(), input.height()));
    }
    return boxes;
  }

  private float[] best(float[] scores, Function<int[], float[]> decoded) {
    Function<int[], float[]> boxes =
        some -> CandidateBoxes.clipped(decoded.apply(some), input.width(), input.height());
    int[] kept =
        LazySuppression.keep(
            scores, boxes, new Entrance(Integer.MAX_VALUE, candidates, 0), iouThreshold, limit);
    return kept.length == 0 ? new float[0] : boxes.apply(kept);
  }
}
