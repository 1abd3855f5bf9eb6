package dev.lectern.trainer.objective;

import java.util.List;

/**
 * A term of an objective that compares maps level by level; the levels are summed.
 *
 * @param name of the loss in reports
 * @param maps which maps are compared
 * @param channels whether student and teacher must have as many
 * @param levels which levels, counted from 0, fine to coarse; empty for all
 * @param weight factor of the sum
 * @param loss what one level contributes
 */
public record MapTerm(
    String name, Maps maps, Channels channels, List<Integer> levels, double weight, MapLoss loss) {

  /** Maps of a detector. */
  public enum Maps {
    /** Neck features. */
    FEATURES,
    /** Class logits, one channel per class. */
    CLASSES
  }

  /** What a loss asks of the channels. */
  public enum Channels {
    /** As many on both sides, so that other students pass an adapter. */
    EQUAL,
    /** Any numbers. */
    ANY
  }

  /** Copies the levels and refuses a weight that is not above 0. */
  public MapTerm {
    levels = List.copyOf(levels);
    if (!(weight > 0)) {
      throw new IllegalArgumentException(name + ": weight " + weight + ", expected more than 0");
    }
  }

  boolean covers(int level) {
    return levels.isEmpty() || levels.contains(level);
  }
}
