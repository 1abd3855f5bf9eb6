package dev.lectern.trainer.distil;

/** How the student's features become comparable with the teacher's. */
public enum Adapter {
  /** A 1x1 convolution where the numbers of channels differ. */
  AUTO,
  /** Always a 1x1 convolution, trained with the run. */
  CONV1X1,
  /** Always a 3x3 convolution, trained with the run. */
  CONV3X3,
  /** Nothing. */
  NONE
}
