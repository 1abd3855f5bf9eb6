package dev.lectern.trainer.family;

import ai.djl.ndarray.NDArray;
import dev.lectern.detector.network.Outputs;
import dev.lectern.trainer.assign.Assigner;
import dev.lectern.trainer.assign.BatchTargets;
import dev.lectern.trainer.assign.GroundTruth;
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
   * The student's outputs against the targets of their batch.
   *
   * @throws IllegalArgumentException if the outputs have other rows than the targets
   */
  StudentPass pass(Outputs<NDArray> outputs, BatchTargets targets);
}
