package dev.lectern.detector.family;

import com.fasterxml.jackson.annotation.JsonTypeName;
import dev.lectern.detector.neck.NeckSettings;
import java.util.List;
import java.util.Optional;

/** What a specification says of a head that gives each pixel a class, with all of its layers. */
public interface SegmentationHeadSettings extends HeadSettings {
  @Override
  default List<Integer> strides() {
    return List.of(8);
  }

  @Override
  default Optional<NeckSettings> neck() {
    return Optional.empty();
  }

  @Override
  default HeadSettings withLayers() {
    return this;
  }

  @Override
  default HeadSettings withoutLayers() {
    throw new IllegalArgumentException(
        "network: found one of TorchScript, expected native for head.family "
            + getClass().getAnnotation(JsonTypeName.class).value());
  }
}
