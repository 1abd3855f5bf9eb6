package dev.lectern.trainer.distil;

import ai.djl.ndarray.NDArray;
import dev.lectern.trainer.assign.BatchRows;
import dev.lectern.trainer.assign.CandidateBoxes;
import dev.lectern.trainer.assign.GeneralInstances;
import dev.lectern.trainer.assign.GeneralInstances.Chosen;
import dev.lectern.trainer.assign.GeneralInstances.Filter;
import dev.lectern.trainer.assign.GroundTruth;
import dev.lectern.trainer.loss.Variant;
import dev.lectern.trainer.view.ClassRows;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Chooses general instances of each image over all levels.
 *
 * @param input the size of the input
 * @param variant official compares the largest probabilities, clips boxes and drops small ones
 * @param filter what is left out; the paper knows the overlap and the limit alone
 */
record InstanceSelection(GroundTruth.Extent input, Variant variant, Filter filter) {
  /** The chosen boxes of each image, (G, 4) xyxy pixels. */
  List<float[]> choose(Step step) {
    BatchRows rows = step.targets().rows();
    ClassRows logits = step.classes().independent();
    NDArray cls = logits.student().stopGradient();
    // the official form looks at the largest logit of a position alone
    boolean largest = variant == Variant.OFFICIAL;
    float[] ours = (largest ? cls.max(new int[] {1}) : cls).toFloatArray();
    float[] theirs =
        largest
            ? logits.teacherBest()
            : logits.teacher(IntStream.range(0, rows.count()).toArray()).toFloatArray();
    int columns = ours.length / rows.count();
    List<float[]> chosen = new ArrayList<>();
    for (int image = 0; image < rows.images(); image++) {
      int[] own = rows.ofImage(image);
      CandidateBoxes boxes =
          new CandidateBoxes(
              own.length,
              CandidateBoxes.within(own, step.boxes()::teacherInPixels),
              CandidateBoxes.within(own, step.boxes()::studentInPixels));
      chosen.add(
          choose(rows.ofImage(image, theirs, columns), rows.ofImage(image, ours, columns), boxes)
              .boxes());
    }
    return chosen;
  }

  private Chosen choose(float[] theirs, float[] ours, CandidateBoxes boxes) {
    return variant == Variant.PAPER
        ? GeneralInstances.asPrinted(theirs, ours, boxes, filter.iouThreshold(), filter.limit())
        : GeneralInstances.reproduced(theirs, ours, boxes, input.width(), input.height(), filter);
  }
}
