package dev.lectern.trainer.assign;

import dev.lectern.detector.region.Assignment;
import java.util.Optional;

/** What distillation losses ask of a batch's ground truth, whatever the student's head learns. */
public interface BatchTargets {
  /** The row order that all indices refer to. */
  BatchRows rows();

  /** The main region: positions with an object. */
  RowRegion positives();

  /**
   * A part that the assembler was asked for.
   *
   * @throws IllegalArgumentException if it was not
   */
  <T> T part(TargetPart<T> key);

  /**
   * For each row of an image the box that it stands for, as {@link Assignment#objects} says; empty
   * where the student's assigner decides it.
   *
   * @param boxes (G, 4) xyxy pixels
   */
  default Optional<int[]> assigned(int image, float[] boxes) {
    return Optional.empty();
  }

  /** The rows of a region; the positives need no asking. */
  default RowRegion region(RegionPart region) {
    return region.equals(RegionPart.MAIN) ? positives() : part(region);
  }
}
