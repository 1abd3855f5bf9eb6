package dev.lectern.producer.augment;

import dev.lectern.producer.dataset.AnnotatedBox;
import java.util.List;

/**
 * An upright image without its pixels.
 *
 * @param imageId its id in the dataset
 * @param width pixels
 * @param height pixels
 * @param boxes in pixels; they may reach beyond the image
 */
public record Picture(String imageId, int width, int height, List<AnnotatedBox> boxes) {
  /** All of it. */
  Polygon outline() {
    return Polygon.rectangle(0, 0, width, height);
  }
}
