package dev.lectern.trainer.testing;

import ai.djl.ndarray.NDArray;
import dev.lectern.detector.network.Outputs;
import dev.lectern.schemas.descriptor.TensorRole;
import java.util.List;

/** Outputs of a student with class scores and box distributions, made by hand. */
public final class StudentMaps {
  private StudentMaps() {}

  /**
   * Outputs by role.
   *
   * @param cls per level (N, K, H, W)
   * @param dist per level (N, 4 * B, H, W)
   * @param features per level (N, C, H, W); may be empty
   */
  public static Outputs<NDArray> of(List<NDArray> cls, List<NDArray> dist, List<NDArray> features) {
    return Outputs.<NDArray>none()
        .with(TensorRole.CLASS_LOGITS, cls)
        .with(TensorRole.BOX_DISTRIBUTION, dist)
        .with(TensorRole.FEATURES, features);
  }
}
