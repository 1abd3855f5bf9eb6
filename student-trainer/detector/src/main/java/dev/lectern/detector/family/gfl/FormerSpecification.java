package dev.lectern.detector.family.gfl;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.lectern.detector.DetectorSpec;
import dev.lectern.detector.backbone.BackboneSettings;
import dev.lectern.detector.backbone.ResNetSettings;
import dev.lectern.detector.layer.Normalization;
import dev.lectern.detector.neck.FeaturePyramidSettings;
import dev.lectern.detector.neck.NeckSettings;
import dev.lectern.schemas.config.ConfigLoader;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * Specifications as they were written before there were families: {@code network: resnet_gfl}, and
 * {@code bins} and {@code octave-base-scale} beside the head. Student files keep this form wherever
 * it says everything, so that the same training gives the same bytes in every version.
 */
final class FormerSpecification {
  private static final String NETWORK = "network";
  private static final String FORMER_NETWORK = "resnet_gfl";
  private static final String HEAD = "head";

  private FormerSpecification() {}

  /**
   * Rewrites a specification of the former form in place.
   *
   * @return each former key, and what is written in its place today
   */
  static Map<String, String> upgrade(ObjectNode spec) {
    Map<String, String> moved = new LinkedHashMap<>();
    if (spec.path(NETWORK).asText().toLowerCase(Locale.ROOT).equals(FORMER_NETWORK)) {
      spec.put(NETWORK, "native");
      moved.put(NETWORK + ": " + FORMER_NETWORK, NETWORK + ": native");
    }
    for (String key : List.of("bins", "octave-base-scale")) {
      if (spec.has(key) && !spec.path(HEAD).has(key)) {
        JsonNode head = spec.get(HEAD);
        ObjectNode object = head instanceof ObjectNode given ? given : spec.putObject(HEAD);
        object.set(key, spec.remove(key));
        moved.put(key, HEAD + "." + key);
      }
    }
    return moved;
  }

  /** A specification in the former form; nothing if that lacks a key for it. */
  static Optional<String> yaml(DetectorSpec spec, GflHeadSettings head) {
    boolean isFormer =
        spec.inputSize() == null
            && head.groups() == null
            && isFormer(spec.backbone())
            && isFormer(spec.neck());
    return isFormer ? Optional.of(ConfigLoader.toYaml(Form.of(spec, head))) : Optional.empty();
  }

  private static boolean isFormer(BackboneSettings backbone) {
    return backbone == null
        || backbone instanceof ResNetSettings resNet
            && resNet.groups() == null
            && resNet.groupWidth() == null;
  }

  private static boolean isFormer(NeckSettings neck) {
    return neck == null
        || neck instanceof FeaturePyramidSettings pyramid
            && pyramid.equals(new FeaturePyramidSettings(pyramid.channels()));
  }

  /** The keys in their order. */
  private record Form(
      String network,
      Integer classes,
      Integer bins,
      List<Integer> strides,
      Double gridOffset,
      Double octaveBaseScale,
      DetectorSpec.Input input,
      Backbone backbone,
      Neck neck,
      Head head,
      DetectorSpec.Script script,
      List<String> frozen) {

    private record Backbone(Integer depth, Integer width, Normalization normalization) {}

    private record Neck(Integer channels) {}

    private record Head(Integer depth, Integer channels, Normalization normalization) {}

    static Form of(DetectorSpec spec, GflHeadSettings head) {
      boolean isNative = spec.network() == DetectorSpec.Network.NATIVE;
      return new Form(
          isNative ? FORMER_NETWORK.toUpperCase(Locale.ROOT) : spec.network().name(),
          spec.classes(),
          head.bins(),
          spec.strides(),
          spec.gridOffset(),
          head.octaveBaseScale(),
          spec.input(),
          spec.backbone() instanceof ResNetSettings backbone
              ? new Backbone(backbone.depth(), backbone.width(), backbone.normalization())
              : null,
          spec.neck() instanceof FeaturePyramidSettings neck ? new Neck(neck.channels()) : null,
          head.depth() == null
              ? null
              : new Head(head.depth(), head.channels(), head.normalization()),
          spec.script(),
          spec.frozen());
    }
  }
}
