package dev.lectern.detector.backbone;

/** What a residual network has before its stages. */
public enum Stem {
  /** A 7x7 convolution: He et al. 2016, table 1. */
  CONV7X7,
  /**
   * Three 3x3 convolutions, the last of twice the width, and pooling to the end of the map: the
   * form that public code of PSPNet has (Zhao et al. 2017, arXiv:1612.01105).
   */
  CONV3X3
}
