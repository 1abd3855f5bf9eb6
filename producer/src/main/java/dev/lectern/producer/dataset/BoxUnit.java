package dev.lectern.producer.dataset;

/** What the coordinates of annotated boxes count. */
public enum BoxUnit {
  /** Pixels of the source image. */
  PIXELS,
  /** Fractions of the source image's width and height. */
  FRACTIONS
}
