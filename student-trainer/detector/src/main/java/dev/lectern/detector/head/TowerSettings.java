package dev.lectern.detector.head;

import com.fasterxml.jackson.annotation.JsonInclude;
import dev.lectern.detector.layer.Convolution;
import dev.lectern.detector.layer.Norm;
import dev.lectern.detector.layer.Normalization;
import dev.lectern.detector.layer.ParameterBuilder;
import dev.lectern.schemas.config.Key;

/** The convolutions in front of a head's predictions. */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record TowerSettings(
    @Key(shownDefault = "4", min = 0, meaning = "3x3 convolutions before each prediction")
        Integer depth,
    @Key(shownDefault = "256", min = 1, meaning = "of these convolutions") Integer channels,
    @Key(shownDefault = "the family's", meaning = "after each convolution")
        Normalization normalization,
    @Key(shownDefault = GROUPS, min = 1, meaning = "of group normalisation") Integer groups,
    @Key(
            shownDefault = "false",
            meaning = "whether convolutions have biases in front of their normalisation as well")
        Boolean bias) {
  /** The default of {@code groups}, for its {@link Key}. */
  public static final String GROUPS = "32, or one per 4 channels where that is fewer";

  /** No layer is given. */
  public static final TowerSettings NONE = new TowerSettings(null, null, null, null, null);

  public TowerSettings {
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

  /** A 3x3 convolution with bias after a tower. */
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
