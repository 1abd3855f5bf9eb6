package dev.lectern.detector.family;

import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import dev.lectern.detector.family.gfl.GflHeadSettings;

/**
 * What a specification says of its head: the key {@code family} tells which family's keys the
 * others are; {@code gfl} where it is absent. A new family is a line here.
 */
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "family", defaultImpl = GflHeadSettings.class)
@JsonSubTypes({@JsonSubTypes.Type(GflHeadSettings.class)})
public interface HeadSettings {
  /** With a default for every layer that is not given. */
  HeadSettings withLayers();

  /**
   * For a model that brings its own head.
   *
   * @throws IllegalArgumentException if a layer is given
   */
  HeadSettings withoutLayers();
}
