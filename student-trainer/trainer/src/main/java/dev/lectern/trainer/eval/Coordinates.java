package dev.lectern.trainer.eval;

/** Frames in which boxes are compared. */
public enum Coordinates {
  /** Pixels of the source image, with the annotated areas. */
  SOURCE,
  /** Pixels of the network input. */
  CANVAS
}
