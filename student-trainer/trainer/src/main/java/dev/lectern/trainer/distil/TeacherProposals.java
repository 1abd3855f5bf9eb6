package dev.lectern.trainer.distil;

import dev.lectern.trainer.objective.TermSite;
import dev.lectern.trainer.objective.TermStep;
import dev.lectern.trainer.target.BatchRows;
import dev.lectern.trainer.target.CandidateBoxes;
import dev.lectern.trainer.target.LazySuppression;
import dev.lectern.trainer.target.LazySuppression.Entrance;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/**
 * What a one-stage teacher would propose: its best boxes by largest class score, thinned, clipped
 * to the input.
 *
 * @param geometry tells how boxes decode
 * @param candidates how many of the best scores are looked at
 * @param iouThreshold overlap at which one box suppresses another
 * @param limit proposals per image
 */
record TeacherProposals(TermSite.Geometry geometry, int candidates, double iouThreshold, int limit)
    implements Function<TermStep, List<float[]>> {

  @Override
  public List<float[]> apply(TermStep step) {
    BatchRows rows = step.targets().rows();
    DecodedBoxes decoding = new DecodedBoxes(geometry, step);
    float[] scores = step.teacher().largestClasses();
    List<float[]> proposals = new ArrayList<>();
    for (int image = 0; image < rows.images(); image++) {
      proposals.add(
          best(
              rows.ofImage(image, scores, 1),
              DecodedBoxes.within(rows.ofImage(image), decoding::ofTeacher)));
    }
    return proposals;
  }

  private float[] best(float[] scores, Function<int[], float[]> decoded) {
    Function<int[], float[]> boxes =
        some ->
            CandidateBoxes.clipped(
                decoded.apply(some), geometry.input().width(), geometry.input().height());
    int[] kept =
        LazySuppression.keep(
            scores, boxes, new Entrance(Integer.MAX_VALUE, candidates, 0), iouThreshold, limit);
    return kept.length == 0 ? new float[0] : boxes.apply(kept);
  }
}
