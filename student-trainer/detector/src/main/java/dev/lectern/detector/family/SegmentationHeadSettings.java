package dev.lectern.detector.family;

import com.fasterxml.jackson.annotation.JsonTypeName;
import dev.lectern.detector.neck.NeckSettings;
import java.util.List;
import java.util.Optional;

/** A head that gives each pixel a class, as a specification describes it. */
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
  default HeadSettings withoutLayers() {
    throw new IllegalArgumentException(
        "network: found one of TorchScript, expected native for head.family "
            + getClass().getAnnotation(JsonTypeName.class).value());
  }
}
