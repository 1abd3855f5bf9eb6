package dev.lectern.trainer.family;

import ai.djl.ndarray.NDArray;
import dev.lectern.detector.Detector;
import dev.lectern.detector.network.Outputs;
import dev.lectern.trainer.assign.Assigner;
import dev.lectern.trainer.assign.BatchTargets;
import dev.lectern.trainer.assign.GroundTruth;
import dev.lectern.trainer.distil.TrainingProgress;
import java.util.List;

/**
 * How the student of one run learns from ground truth, as its family does. Immutable; {@link
 * #targets(List)} is called beside the training step.
 */
public interface TrainedFamily {
  /**
   * What follows from ground truth alone.
   *
   * @param images the objects of each image of a batch, in order
   */
  BatchTargets targets(List<GroundTruth> images);

  /** Whether it learns from the classes of pixels, in place of objects. */
  default boolean learnsPixels() {
    return false;
  }

  /**
   * Which priors learn which boxes, as far as boxes alone decide it; a family whose outputs decide
   * it names the rule that stands in.
   */
  Assigner assigner();

  /**
   * What follows once the student's outputs are known, for families whose outputs decide what they
   * learn (task-aligned assignment); others keep what they have.
   *
   * @param prepared from {@link #targets(List)} for the same batch
   */
  default BatchTargets targets(BatchTargets prepared, Outputs<NDArray> outputs) {
    return prepared;
  }

  /**
   * What follows once the student's outputs are known, where drawn numbers decide it too.
   *
   * @param progress of the run, by which they are drawn
   */
  default BatchTargets targets(
      BatchTargets prepared, Outputs<NDArray> outputs, TrainingProgress progress) {
    return targets(prepared, outputs);
  }

  /**
   * The same family for a student whose losses run layers of its own, beyond what its forward pass
   * gives; others stay as they are.
   *
   * @param seed of the run, by which numbers are drawn
   */
  default TrainedFamily on(Detector student, long seed) {
    return this;
  }

  /**
   * The student's outputs against the targets of their batch.
   *
   * @throws IllegalArgumentException if the outputs have other rows than the targets
   */
  StudentPass pass(Outputs<NDArray> outputs, BatchTargets targets);
}
