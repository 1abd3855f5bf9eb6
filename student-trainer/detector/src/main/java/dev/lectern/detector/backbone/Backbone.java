package dev.lectern.detector.backbone;

import dev.lectern.detector.layer.Operations;
import java.util.List;

/** A network that turns an image into maps of rising stride. */
public interface Backbone {
  /** Pixels per cell of each map, fine to coarse, each twice the one before. */
  List<Integer> strides();

  /** Channels of each map. */
  List<Integer> channels();

  /**
   * The maps, fine to coarse.
   *
   * @param image (N, 3, height, width)
   */
  <T> List<T> apply(Operations<T> operations, T image);
}
