package dev.lectern.detector;

import ai.djl.ndarray.NDArray;
import dev.lectern.detector.layer.GradientMode;
import dev.lectern.detector.layer.Mode;
import dev.lectern.detector.layer.Parameters;

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
   * Runs the network.
   *
   * <p>A gradient graph is built exactly when gradient mode is on in the calling thread; see {@link
   * GradientMode}.
   *
   * @param images (N, 3, height, width) float32, normalised as {@link DetectorSpec#input} says; all
   *     results attach to its manager
   * @throws IllegalArgumentException if the shape does not suit the network; the message shows it
   */
  DetectorOutputs forward(NDArray images, Mode mode);

  /** Channels C of {@link DetectorOutputs#features}; 0 where the network offers none. */
  int featureChannels();

  /** Frees the parameters. */
  @Override
  void close();
}
