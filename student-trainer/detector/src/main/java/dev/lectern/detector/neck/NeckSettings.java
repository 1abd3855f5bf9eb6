package dev.lectern.detector.neck;

import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import dev.lectern.detector.layer.ParameterBuilder;
import java.util.List;

/**
 * A neck, as a specification describes it: the key {@code name} names the kind, the others are its
 * own; {@code fpn} where it is absent. A new neck is a line here.
 */
@JsonTypeInfo(
    use = JsonTypeInfo.Id.NAME,
    property = "name",
    defaultImpl = FeaturePyramidSettings.class)
@JsonSubTypes({
  @JsonSubTypes.Type(FeaturePyramidSettings.class),
  @JsonSubTypes.Type(PathAggregationSettings.class)
})
public interface NeckSettings {
  /**
   * The network with start values.
   *
   * @param network names start here; the neck adds its own part of the published names
   * @param in channels of the backbone's maps, fine to coarse
   * @param levels number of levels, at least as many as maps
   * @throws IllegalArgumentException if it cannot have so many levels
   */
  Neck create(ParameterBuilder network, List<Integer> in, int levels);

  /** Refuses a value. */
  static void require(boolean holds, String key, Object found, String expected) {
    if (!holds) {
      throw new IllegalArgumentException(
          "neck." + key + ": found " + found + ", expected " + expected);
    }
  }
}
