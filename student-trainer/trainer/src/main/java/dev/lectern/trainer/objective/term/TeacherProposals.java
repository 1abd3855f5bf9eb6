package dev.lectern.trainer.objective.term;

import dev.lectern.detector.box.NonMaximumSuppression;
import dev.lectern.trainer.objective.TermSite;
import dev.lectern.trainer.objective.TermStep;
import dev.lectern.trainer.target.BatchRows;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.stream.IntStream;

/**
 * What a one-stage teacher would propose: its best boxes by largest class score, thinned, clipped
 * to the input.
 *
 * @param geometry tells how boxes decode
 * @param candidates how many of the best scores are looked at
 * @param iouThreshold overlap at which one box suppresses another
 * @param limit proposals per image
 */
public record TeacherProposals(
    TermSite.Geometry geometry, int candidates, double iouThreshold, int limit)
    implements Function<TermStep, List<float[]>> {

  @Override
  public List<float[]> apply(TermStep step) {
    BatchRows rows = step.targets().rows();
    float[] boxes = new DecodedBoxes(geometry).ofTeacher(step);
    int[] all = IntStream.range(0, rows.count()).toArray();
    float[] scores = step.teacher().clsAt(all).max(new int[] {1}).toFloatArray();
    List<float[]> proposals = new ArrayList<>();
    for (int image = 0; image < rows.images(); image++) {
      proposals.add(best(rows.ofImage(image, boxes, 4), rows.ofImage(image, scores, 1)));
    }
    return proposals;
  }

  private float[] best(float[] boxes, float[] scores) {
    for (int i = 0; i < boxes.length; i++) {
      double end = i % 2 == 0 ? geometry.input().width() : geometry.input().height();
      boxes[i] = (float) Math.min(Math.max(boxes[i], 0), end);
    }
    int[] order =
        IntStream.of(NonMaximumSuppression.byFallingScore(scores))
            .filter(i -> boxes[4 * i + 2] > boxes[4 * i] && boxes[4 * i + 3] > boxes[4 * i + 1])
            .limit(candidates)
            .toArray();
    float[] sorted = new float[4 * order.length];
    float[] sortedScores = new float[order.length];
    for (int k = 0; k < order.length; k++) {
      System.arraycopy(boxes, 4 * order[k], sorted, 4 * k, 4);
      sortedScores[k] = scores[order[k]];
    }
    int[] kept = NonMaximumSuppression.keep(sorted, sortedScores, iouThreshold, limit);
    float[] proposals = new float[4 * kept.length];
    for (int k = 0; k < kept.length; k++) {
      System.arraycopy(sorted, 4 * kept[k], proposals, 4 * k, 4);
    }
    return proposals;
  }
}
