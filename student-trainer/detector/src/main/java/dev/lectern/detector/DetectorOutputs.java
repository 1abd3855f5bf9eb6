package dev.lectern.detector;

import ai.djl.ndarray.NDArray;
import java.util.List;

/**
 * What a network says about a batch, per level from the finest to the coarsest.
 *
 * <p>The arrays belong to the manager of the images that were given to {@link Detector#forward}.
 *
 * @param clsLogits class logits before the sigmoid, each (N, K, H, W)
 * @param distLogits box distribution logits before the softmax, each (N, 4 B, H, W), edge-major
 *     left, top, right, bottom
 * @param features neck features, each (N, C, H, W); empty where the network offers none
 */
public record DetectorOutputs(
    List<NDArray> clsLogits, List<NDArray> distLogits, List<NDArray> features) {
  public DetectorOutputs {
    clsLogits = List.copyOf(clsLogits);
    distLogits = List.copyOf(distLogits);
    features = List.copyOf(features);
  }
}
