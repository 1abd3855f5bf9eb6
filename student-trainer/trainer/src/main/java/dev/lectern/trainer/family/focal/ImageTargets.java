package dev.lectern.trainer.family.focal;

import dev.lectern.detector.region.Assignment;
import java.util.Arrays;

/**
 * What the priors of one image learn.
 *
 * @param objects (R) index of the ground-truth box, {@link Assignment#BACKGROUND} or {@link
 *     Assignment#IGNORED}
 * @param centerness (R); 1 for heads without centerness
 * @param valuable (R) weight in the valuable localization region; 0 outside
 */
public record ImageTargets(int[] objects, float[] centerness, float[] valuable) {
  /** Number of priors that have an object. */
  int positives() {
    return (int) Arrays.stream(objects).filter(object -> object >= 0).count();
  }
}
