package dev.lectern.trainer.replay;

import java.util.List;

/**
 * What one epoch visits.
 *
 * @param epoch from 0
 * @param viewIds in the order of visiting
 * @param batchSize views per step; the last step of an epoch takes what is left
 */
public record EpochPlan(int epoch, List<String> viewIds, int batchSize) {
  public EpochPlan {
    viewIds = List.copyOf(viewIds);
    if (batchSize < 1) {
      throw new IllegalArgumentException("batch size " + batchSize + ": expected at least 1");
    }
  }

  /** Number of training steps. */
  public int steps() {
    return (viewIds.size() + batchSize - 1) / batchSize;
  }

  /** The views of a step, from 0. */
  public List<String> step(int step) {
    int from = step * batchSize;
    return viewIds.subList(from, Math.min(from + batchSize, viewIds.size()));
  }
}
