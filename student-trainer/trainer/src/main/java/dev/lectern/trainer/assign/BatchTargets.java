package dev.lectern.trainer.assign;

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

  /** The rows of a region; the positives need no asking. */
  default RowRegion region(RegionPart region) {
    return region.equals(RegionPart.MAIN) ? positives() : part(region);
  }
}
