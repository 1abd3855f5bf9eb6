package dev.lectern.trainer.family.focal;

import dev.lectern.trainer.assign.GroundTruth;

/** Gives the priors of one kind of head their targets. */
public interface HeadAssigner {
  /** The targets of one image. */
  ImageTargets assign(GroundTruth truth);

  /** Rows of each level of one image: priors per cell times cells. */
  int[] levelCounts();

  /** The centre of each prior in pixels, (R, 2). */
  float[] centres();

  /** Pixels per cell of each level. */
  int[] strides();

  /**
   * What the class loss is divided by.
   *
   * @param positives of each image
   */
  default int samples(int[] positives) {
    int samples = 0;
    for (int count : positives) {
      samples += Math.max(1, count);
    }
    return samples;
  }
}
