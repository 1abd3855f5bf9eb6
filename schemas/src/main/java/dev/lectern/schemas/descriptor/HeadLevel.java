package dev.lectern.schemas.descriptor;

/**
 * Names of a model's outputs on one level of its head.
 *
 * @param level its cells
 * @param classScores class logits (N, A * K, H, W)
 * @param boxLogits box outputs (N, C, H, W); C follows from their form
 * @param quality centerness, objectness or joint score; null where the head has none
 * @param feature neck features, an output or an inner tensor; null when not recorded
 * @param featureChannels C of the feature; 0 when not recorded
 */
public record HeadLevel(
    Level level,
    String classScores,
    String boxLogits,
    String quality,
    String feature,
    int featureChannels) {
  /** A level of a head with class and box outputs alone. */
  public static HeadLevel of(Level level, String classScores, String boxLogits) {
    return new HeadLevel(level, classScores, boxLogits, null, null, 0);
  }

  /** Copy that also has a feature. */
  public HeadLevel withFeature(String name, int channels) {
    return new HeadLevel(level, classScores, boxLogits, quality, name, channels);
  }
}
