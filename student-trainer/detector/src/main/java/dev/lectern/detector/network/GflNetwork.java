package dev.lectern.detector.network;

import dev.lectern.detector.DetectorSpec;
import dev.lectern.detector.backbone.ResNet;
import dev.lectern.detector.head.GflHead;
import dev.lectern.detector.layer.Operations;
import dev.lectern.detector.layer.ParameterBuilder;
import dev.lectern.detector.neck.FeaturePyramid;
import java.util.ArrayList;
import java.util.List;

/** ResNet, feature pyramid and GFL head, for any {@link Operations}. */
public final class GflNetwork {
  private final ResNet backbone;
  private final FeaturePyramid neck;
  private final GflHead head;
  private final int firstMap;
  private final int maps;

  /**
   * What the network says, per level from fine to coarse.
   *
   * @param clsLogits (N, K, H, W)
   * @param distLogits (N, 4 B, H, W)
   * @param features (N, C, H, W)
   */
  public record Outputs<T>(List<T> clsLogits, List<T> distLogits, List<T> features) {}

  GflNetwork(DetectorSpec spec, ParameterBuilder parameters) {
    firstMap = ResNet.STRIDES.indexOf(spec.strides().get(0));
    if (firstMap < 0) {
      throw new IllegalArgumentException(
          "strides: found "
              + spec.strides()
              + ", expected the first to be one of "
              + ResNet.STRIDES);
    }
    maps = Math.min(spec.levels(), ResNet.STRIDES.size() - firstMap);
    backbone =
        new ResNet(
            parameters,
            "backbone",
            spec.backbone().depth(),
            spec.backbone().width(),
            spec.backbone().normalization());
    neck =
        new FeaturePyramid(
            parameters,
            "neck",
            backbone.channels().subList(firstMap, firstMap + maps),
            spec.neck().channels(),
            spec.levels());
    head =
        new GflHead(
            parameters,
            "bbox_head",
            neck.channels(),
            spec.head().channels(),
            spec.head().depth(),
            spec.head().normalization(),
            spec.classes(),
            spec.bins(),
            spec.levels());
  }

  /** Channels C of the features. */
  public int featureChannels() {
    return neck.channels();
  }

  /** Width and height of the image must be multiples of this many pixels. */
  public int imageMultiple() {
    return ResNet.STRIDES.get(firstMap + maps - 1);
  }

  /**
   * Runs or records the network.
   *
   * @param image (N, 3, height, width)
   */
  public <T> Outputs<T> apply(Operations<T> operations, T image) {
    List<T> backboneMaps = backbone.apply(operations, image).subList(firstMap, firstMap + maps);
    List<T> features = neck.apply(operations, backboneMaps);
    List<T> clsLogits = new ArrayList<>();
    List<T> distLogits = new ArrayList<>();
    for (GflHead.Logits<T> logits : head.apply(operations, features)) {
      clsLogits.add(logits.cls());
      distLogits.add(logits.dist());
    }
    return new Outputs<>(clsLogits, distLogits, features);
  }
}
