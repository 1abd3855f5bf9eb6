package dev.lectern.detector.family.deeplabv3;

import dev.lectern.detector.DetectorSpec;
import dev.lectern.detector.family.SegmentationFamily;
import dev.lectern.detector.layer.ParameterBuilder;
import dev.lectern.detector.network.Body;
import dev.lectern.detector.pixel.Upsampling;

/**
 * A dilated backbone whose last map is read by convolutions of several dilations and by its mean:
 * Chen et al. 2017 (arXiv:1706.05587). Layout and parameter names are torchvision's.
 */
public final class DeepLabV3 extends SegmentationFamily {
  @Override
  public String name() {
    return "deeplabv3";
  }

  @Override
  public Class<DeepLabV3HeadSettings> settings() {
    return DeepLabV3HeadSettings.class;
  }

  @Override
  public Upsampling upsampling() {
    return Upsampling.CENTRES;
  }

  @Override
  public Body body(ParameterBuilder network, DetectorSpec spec) {
    return new DeepLabV3Body(
        network,
        spec.backbone().dilated(network.at("backbone"), outputStride(spec)),
        (DeepLabV3HeadSettings) spec.head(),
        spec.classes());
  }
}
