package dev.lectern.detector.head;

import dev.lectern.detector.layer.Operations;
import dev.lectern.detector.network.Outputs;
import java.util.List;

/** A network that reads class scores and boxes off the neck's levels. */
public interface Head {
  /**
   * The outputs of every level, without the features themselves.
   *
   * @param features (N, C, H, W) per level, fine to coarse
   */
  <T> Outputs<T> apply(Operations<T> operations, List<T> features);
}
