package dev.lectern.trainer.distil;

import dev.lectern.trainer.assign.BatchRows;
import dev.lectern.trainer.assign.CandidateBoxes;
import dev.lectern.trainer.assign.GroundTruth;
import dev.lectern.trainer.assign.LazySuppression;
import dev.lectern.trainer.assign.LazySuppression.Entrance;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/**
 * What a one-stage teacher would propose: its best boxes by largest class score, thinned, clipped
 * to the input.
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
    BatchRows rows = step.targets().rows();
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

  private float[] best(float[] scores, Function<int[], float[]> decoded) {
    Function<int[], float[]> boxes =
        some -> CandidateBoxes.clipped(decoded.apply(some), input.width(), input.height());
    int[] kept =
        LazySuppression.keep(
            scores, boxes, new Entrance(Integer.MAX_VALUE, candidates, 0), iouThreshold, limit);
    return kept.length == 0 ? new float[0] : boxes.apply(kept);
  }
}
