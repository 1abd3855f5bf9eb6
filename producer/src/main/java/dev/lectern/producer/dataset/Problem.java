package dev.lectern.producer.dataset;

import java.util.Locale;

/**
 * Everything that may be wrong with a dataset without stopping it, by the name it is counted under.
 */
public enum Problem {
  /** The annotated image file does not exist, or lies outside the image folder. */
  MISSING_IMAGE(Effect.IMAGE_LEFT_OUT),
  /** The image file ends before its image does. */
  TRUNCATED_IMAGE(Effect.IMAGE_LEFT_OUT),
  /** The image file cannot be read or decoded. */
  CORRUPT_IMAGE(Effect.IMAGE_LEFT_OUT),
  /** The file is not an image that can be read, or an animation. */
  UNSUPPORTED_IMAGE(Effect.IMAGE_LEFT_OUT),
  /** The image has more pixels than the settings allow. */
  OVERSIZED_IMAGE(Effect.IMAGE_LEFT_OUT),
  /** The image's size is not the annotated one, or that of its masks, however it is turned. */
  SIZE_MISMATCH(Effect.IMAGE_LEFT_OUT),
  /** A second image with the same id; the first one stays where boxes tell which is meant. */
  DUPLICATE_IMAGE_ID(Effect.IMAGE_LEFT_OUT),
  /** An image entry without id or file name, or a file name that is not UTF-8. */
  MALFORMED_IMAGE_ENTRY(Effect.IMAGE_LEFT_OUT),
  /** An image of a split that has no annotation file. */
  MISSING_ANNOTATION_FILE(Effect.IMAGE_LEFT_OUT),
  /** An annotation file of one image that is not of its format. */
  MALFORMED_ANNOTATION_FILE(Effect.IMAGE_LEFT_OUT),

  /** A box without width or height, or whose numbers are not finite. */
  DEGENERATE_BOX(Effect.BOX_LEFT_OUT),
  /** A box that does not touch its image. */
  BOX_OUTSIDE_IMAGE(Effect.BOX_LEFT_OUT),
  /** An object of a class that the dataset does not have. */
  UNKNOWN_CATEGORY(Effect.BOX_LEFT_OUT),
  /** An annotation of an image that the dataset does not have. */
  UNKNOWN_IMAGE(Effect.BOX_LEFT_OUT),
  /** An annotation or object without class or box. */
  MALFORMED_ANNOTATION(Effect.BOX_LEFT_OUT),
  /** A line of a label file that is neither class and box nor class and polygon. */
  MALFORMED_LABEL_LINE(Effect.BOX_LEFT_OUT),

  /** A box that reaches more than a pixel beyond its image; clipped. */
  CLIPPED_BOX(Effect.REPAIRED),
  /** An object without polygons or run lengths of the image's size; ignored within its box. */
  UNREADABLE_SEGMENTATION(Effect.REPAIRED),
  /** A second annotation with the same id; kept under another one. */
  DUPLICATE_ANNOTATION_ID(Effect.REPAIRED),
  /** A polygon in a label file; its bounding box is kept. */
  POLYGON_LABEL_LINE(Effect.REPAIRED),
  /** A VOC file that names another image than the one named like it, which is used. */
  STALE_FILENAME(Effect.REPAIRED),
  /** An image file under two ids; within a source their boxes are joined. */
  SHARED_IMAGE_FILE(Effect.REPAIRED),
  /** An object marked difficult that is kept as a crowd region. */
  DIFFICULT_OBJECT(Effect.REPAIRED),
  /** An image with one channel; converted. */
  GRAYSCALE_IMAGE(Effect.REPAIRED),
  /** An image of 16-bit samples that use fewer bits, or of another maximum; scaled to 8 bits. */
  LOW_DEPTH_IMAGE(Effect.REPAIRED),
  /** An animated PNG or a TIFF of several pages; the first is used. */
  ANIMATED_IMAGE(Effect.REPAIRED),
  /** A JPEG with four channels; converted. */
  CMYK_IMAGE(Effect.REPAIRED),
  /** An image that its EXIF data say to turn or mirror; turned upright. */
  EXIF_ROTATED_IMAGE(Effect.REPAIRED),
  /** Boxes that were annotated before the image was turned; turned with it. Counted per image. */
  EXIF_ROTATED_BOXES(Effect.REPAIRED),
  /** An image without a label file; kept as one without objects. */
  MISSING_LABEL_FILE(Effect.REPAIRED);

  /** What became of the thing concerned. */
  public enum Effect {
    IMAGE_LEFT_OUT,
    BOX_LEFT_OUT,
    REPAIRED
  }

  private final Effect effect;

  Problem(Effect effect) {
    this.effect = effect;
  }

  public Effect effect() {
    return effect;
  }

  /** The name in manifests and logs, e.g. {@code truncated-image}. */
  public String label() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }
}
