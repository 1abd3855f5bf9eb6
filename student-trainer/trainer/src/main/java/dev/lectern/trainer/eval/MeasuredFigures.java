package dev.lectern.trainer.eval;

import java.util.Map;

/** How good a network is on some images; as JSON, everything that was measured. */
public interface MeasuredFigures {
  /**
   * The figure that counts: AP of boxes, mIoU of pixels; 0 to 1, or -1 where nothing is labelled.
   */
  double main();

  /** What that figure is called. */
  String name();

  /** The figures that are shown in one line, by name, the one that counts first. */
  Map<String, Double> headline();

  /** A line for each figure, without a final line break. */
  String summary();
}
