package dev.lectern.trainer.assign;

/**
 * Something that follows from the ground truth of a batch and that some loss needs: a region, a
 * mask, a map of labels. Records that implement it are keys as well: equal ones are computed once a
 * batch, beside the training step.
 *
 * @param <T> plain values, immutable by convention
 */
public interface TargetPart<T> {
  /** Computes it. */
  T of(LabelledBatch batch);

  /** Whether it reads the thresholds that ATSS gives the objects. */
  default boolean readsThresholds() {
    return false;
  }
}
