package dev.lectern.detector.head;

import com.fasterxml.jackson.annotation.JsonInclude;
import dev.lectern.detector.layer.Convolution;
import dev.lectern.detector.layer.Norm;
import dev.lectern.detector.layer.Normalization;
import dev.lectern.detector.layer.ParameterBuilder;

/**
 * The convolutions in front of a head's predictions.
 *
 * @param depth 3x3 convolutions before each prediction [4]
 * @param channels of these convolutions [256]
 * @param normalization after each convolution [the family's]
 * @param groups of group normalisation [32, or one per 4 channels where that is fewer]
 * @param bias true: the convolutions have biases in front of their normalisation as well [false]
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record TowerSettings(
    Integer depth, Integer channels, Normalization normalization, Integer groups, Boolean bias) {
  /** No layer is given. */
  public static final TowerSettings NONE = new TowerSettings(null, null, null, null, null);

  public TowerSettings {
    require(depth == null || depth >= 0, "depth", depth, "0 or more");
    require(channels == null || channels > 0, "channels", channels, "a positive number");
    require(groups == null || groups > 0, "groups", groups, "a positive number");
    require(
        groups == null || normalization == null || normalization == Normalization.GROUP,
        "groups",
        groups,
        "nothing, since normalization is " + normalization);
  }

  /** With a default for every layer that is not given. */
  public TowerSettings withLayers(Normalization usual) {
    return new TowerSettings(
        depth == null ? 4 : depth,
        channels == null ? 256 : channels,
        normalization == null ? usual : normalization,
        groups,
        bias);
  }

  /**
   * For a model that brings its own head.
   *
   * @throws IllegalArgumentException if a layer is given
   */
  public TowerSettings withoutLayers() {
    require(depth == null, "depth", depth, "nothing, since the model has its own layers");
    require(channels == null, "channels", channels, "nothing, since the model has its own layers");
    require(
        normalization == null && groups == null && bias == null,
        "normalization",
        normalization,
        "nothing, since the model has its own layers");
    return this;
  }

  /** A tower without convolutions yet. */
  Tower tower() {
    return Boolean.TRUE.equals(bias) ? Tower.biased() : new Tower();
  }

  /**
   * Appends one convolution of a tower.
   *
   * @param place in the tower, from 0
   * @param in channels of what the head reads
   */
  void add(Tower tower, ParameterBuilder parameters, int place, int in) {
    tower.add(
        parameters.at(place),
        place == 0 ? in : channels,
        channels,
        new Norm.Settings(normalization, groups));
  }

  /** A 3x3 convolution with bias behind a tower. */
  Convolution prediction(ParameterBuilder parameters, int in, int out, double bias) {
    return Tower.prediction(parameters, depth == 0 ? in : channels, out, bias);
  }

  private static void require(boolean holds, String key, Object found, String expected) {
    if (!holds) {
      throw new IllegalArgumentException(
          "head." + key + ": found " + found + ", expected " + expected);
    }
  }
}
