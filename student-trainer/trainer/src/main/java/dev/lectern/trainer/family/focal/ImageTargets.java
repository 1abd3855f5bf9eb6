package dev.lectern.trainer.family.focal;

import dev.lectern.trainer.assign.MaxIouAssigner;
import java.util.Arrays;

/**
 * What the priors of one image learn.
 *
 * @param objects (R) index of the ground-truth box, {@link MaxIouAssigner#BACKGROUND} or {@link
 *     MaxIouAssigner#IGNORED}
 * @param centerness (R); 1 for heads without centerness
 * @param valuable (R) weight in the valuable localization region; 0 outside
 */
public record ImageTargets(int[] objects, float[] centerness, float[] valuable) {
  /** Number of priors that have an object. */
  int positives() {
    return (int) Arrays.stream(objects).filter(object -> object >= 0).count();
  }
}
