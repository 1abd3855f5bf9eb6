package dev.lectern.detector.family;

import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import dev.lectern.detector.family.atss.AtssHeadSettings;
import dev.lectern.detector.family.deeplabv3.DeepLabV3HeadSettings;
import dev.lectern.detector.family.fasterrcnn.FasterRcnnHeadSettings;
import dev.lectern.detector.family.fcos.FcosHeadSettings;
import dev.lectern.detector.family.gfl.GflHeadSettings;
import dev.lectern.detector.family.gflv2.Gflv2HeadSettings;
import dev.lectern.detector.family.pspnet.PspNetHeadSettings;
import dev.lectern.detector.family.reppoints.RepPointsHeadSettings;
import dev.lectern.detector.family.retinanet.RetinaNetHeadSettings;
import dev.lectern.detector.family.yolov8.YoloV8HeadSettings;
import dev.lectern.detector.neck.NeckSettings;
import dev.lectern.schemas.config.ConfigLoader;
import java.util.List;
import java.util.Optional;

/**
 * A head, as a specification describes it: the key {@code family} names the family, the others are
 * its own; {@code gfl} where it is absent. A new family is a line here.
 */
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "family", defaultImpl = GflHeadSettings.class)
@JsonSubTypes({
  @JsonSubTypes.Type(GflHeadSettings.class),
  @JsonSubTypes.Type(Gflv2HeadSettings.class),
  @JsonSubTypes.Type(AtssHeadSettings.class),
  @JsonSubTypes.Type(FcosHeadSettings.class),
  @JsonSubTypes.Type(RetinaNetHeadSettings.class),
  @JsonSubTypes.Type(YoloV8HeadSettings.class),
  @JsonSubTypes.Type(RepPointsHeadSettings.class),
  @JsonSubTypes.Type(FasterRcnnHeadSettings.class),
  @JsonSubTypes.Type(PspNetHeadSettings.class),
  @JsonSubTypes.Type(DeepLabV3HeadSettings.class)
})
public interface HeadSettings {
  /** The default place of priors in a cell. */
  default double gridOffset() {
    return 0;
  }

  /** The default strides of the levels. */
  default List<Integer> strides() {
    return List.of(8, 16, 32, 64, 128);
  }

  /** The default neck; empty where the head reads the backbone's maps. */
  default Optional<NeckSettings> neck() {
    return Optional.of(ConfigLoader.of("", NeckSettings.class));
  }

  /** With a default for every layer that is not given. */
  default HeadSettings withLayers() {
    return this;
  }

  /**
   * For a model that brings its own head.
   *
   * @throws IllegalArgumentException if a layer is given
   */
  HeadSettings withoutLayers();

  /** Refuses a value of a key. */
  static void require(boolean holds, String key, Object found, String expected) {
    if (!holds) {
      throw new IllegalArgumentException(
          "head." + key + ": found " + found + ", expected " + expected);
    }
  }

  /**
   * Refuses what cannot be box distributions or deltas.
   *
   * @param bins per box side; null for deltas
   * @param std of deltas; null for distributions
   */
  static void requireBoxes(Integer bins, List<Double> std) {
    require(
        bins == null || std == null, "std", std, "nothing, since boxes are distributions of bins");
    require(
        std == null || std.size() == 4 && std.stream().allMatch(s -> s > 0),
        "std",
        std,
        "four positive numbers");
  }
}
