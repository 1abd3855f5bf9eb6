package dev.lectern.trainer.assign;

import dev.lectern.detector.region.Assignment;
import java.util.Optional;

/** What distillation losses ask of a batch's ground truth, whatever the student's head learns. */
public interface BatchTargets {
  /** The row order that all indices refer to. */
  BatchRows rows();

  /** Positions with an object that the student's own losses learn. */
  RowRegion positives();

  /**
   * The main region: positions with an object. On images that nobody annotated those are positions
   * of what a teacher finds.
   */
  default RowRegion main() {
    return positives();
  }

  /** Whether the student's own losses learn from an image. */
  default boolean learns(int image) {
    return true;
  }

  /** Whether the objects of an image are annotated, and not a teacher's. */
  default boolean isAnnotated(int image) {
    return true;
  }

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

  /** The rows of a region; the main one needs no asking. */
  default RowRegion region(RegionPart region) {
    return region.equals(RegionPart.MAIN) ? main() : part(region);
  }
}
