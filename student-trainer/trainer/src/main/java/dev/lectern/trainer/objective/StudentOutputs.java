package dev.lectern.trainer.objective;

import ai.djl.ndarray.NDArray;
import java.util.List;

/**
 * The student's outputs of a batch, with gradient.
 *
 * @param cls per level (N, K, H, W) class logits
 * @param dist per level (N, 4 * B, H, W) box distribution logits
 * @param features per level (N, C, H, W) of the neck; empty where the network offers none or no
 *     loss asks
 * @param scores per level (N, K, H, W) probabilities of a head whose score is not the sigmoid of
 *     its class logits, such as GFLv2's product with the quality; else empty
 */
public record StudentOutputs(
    List<NDArray> cls, List<NDArray> dist, List<NDArray> features, List<NDArray> scores) {

  /** Outputs of a head whose scores are the sigmoids of its class logits. */
  public StudentOutputs(List<NDArray> cls, List<NDArray> dist, List<NDArray> features) {
    this(cls, dist, features, List.of());
  }
}
