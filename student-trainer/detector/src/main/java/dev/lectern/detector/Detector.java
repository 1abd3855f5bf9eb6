package dev.lectern.detector;

import ai.djl.ndarray.NDArray;
import dev.lectern.detector.head.SecondStage;
import dev.lectern.detector.layer.GradientMode;
import dev.lectern.detector.layer.Mode;
import dev.lectern.detector.layer.Parameters;
import dev.lectern.detector.network.Outputs;
import dev.lectern.schemas.descriptor.TensorRole;
import java.util.List;
import java.util.Optional;

/**
 * A trainable detection network, written in DJL or loaded from TorchScript.
 *
 * <p>It owns its parameters until it is closed. One thread at a time may call {@link #forward} with
 * {@link Mode#TRAIN}.
 */
public interface Detector extends AutoCloseable {

  /** What this network was built from. */
  DetectorSpec spec();

  /** Every array that training changes or a saved network needs, under stable names. */
  Parameters parameters();

  /**
   * Runs the network: what its family's head gives, and under {@link TensorRole#FEATURES} the
   * features that the neck gives, where it offers them. The second stage of a two-stage detector
   * runs in evaluation alone: in training its losses say which boxes it looks at.
   *
   * <p>A gradient graph is built exactly when gradient mode is on in the calling thread; see {@link
   * GradientMode}.
   *
   * @param images (N, 3, height, width) float32, normalised as {@link DetectorSpec#input} says; all
   *     results attach to its manager
   * @throws IllegalArgumentException if the shape does not suit the network; the message shows it
   */
  Outputs<NDArray> forward(NDArray images, Mode mode);

  /** Its second stage, which looks at boxes; empty of detectors with one stage. */
  default Optional<SecondStage> secondStage() {
    return Optional.empty();
  }

  /** Channels C of the features of each level, 0 on one without; empty if no level has any. */
  List<Integer> featureChannels();

  /** Frees the parameters. */
  @Override
  void close();
}
