package dev.lectern.schemas.tensor;

import java.nio.FloatBuffer;
import java.util.List;

/**
 * Logits by which a model says "never": minus infinity, or a number so low that it means the same.
 *
 * <p>They become {@link #LOWEST}. Losses and scores see a class logit z through sigmoid(z / T) or
 * softmax(z / T); in float32 both are exactly 0 once z / T is 104 below 0, or below the largest
 * logit of a softmax, since exp(-104) is less than the smallest float32. For temperatures T up to
 * 96 nothing is therefore changed.
 */
public final class MaskedLogits {
  /** What lower logits become. */
  public static final float LOWEST = -10_000;

  private MaskedLogits() {}

  /**
   * The tensors with no value below {@link #LOWEST}; NaN stays. A tensor that has none is returned
   * as it is.
   */
  public static List<Tensor> clipped(List<Tensor> logits) {
    return logits.stream().map(MaskedLogits::clipped).toList();
  }

  private static Tensor clipped(Tensor logits) {
    FloatBuffer values = logits.values();
    int size = values.limit();
    int first = 0;
    while (first < size && !(values.get(first) < LOWEST)) {
      first++;
    }
    if (first == size) {
      return logits;
    }
    float[] clipped = logits.toArray();
    for (int i = first; i < size; i++) {
      clipped[i] = clipped[i] < LOWEST ? LOWEST : clipped[i];
    }
    return Tensor.of(logits.name(), clipped, logits.shape());
  }
}
