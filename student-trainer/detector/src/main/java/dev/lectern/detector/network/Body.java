package dev.lectern.detector.network;

import dev.lectern.detector.head.SecondStage;
import dev.lectern.detector.layer.Operations;
import java.util.List;
import java.util.Optional;

/** The layers of a network: an image in, what its family gives and features out. */
public interface Body {
  /**
   * Runs or records the layers.
   *
   * @param image (N, 3, height, width)
   */
  <T> Outputs<T> apply(Operations<T> operations, T image);

  /** Channels C of the features of each level. */
  List<Integer> featureChannels();

  /** The part that reads proposals; empty of networks of one stage. */
  default Optional<SecondStage> secondStage() {
    return Optional.empty();
  }

  /** Width and height of the image must be multiples of this many pixels. */
  int imageMultiple();
}
