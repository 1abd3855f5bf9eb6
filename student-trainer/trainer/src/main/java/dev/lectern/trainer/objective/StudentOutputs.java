package dev.lectern.trainer.objective;

import ai.djl.ndarray.NDArray;
import java.util.List;

/**
 * What the student says about a batch, with gradient.
 *
 * @param cls per level (N, K, H, W) class logits
 * @param dist per level (N, 4 * B, H, W) box distribution logits
 * @param features per level (N, C, H, W), already adapted to the teacher's channels; empty when no
 *     loss uses features
 */
public record StudentOutputs(List<NDArray> cls, List<NDArray> dist, List<NDArray> features) {}
