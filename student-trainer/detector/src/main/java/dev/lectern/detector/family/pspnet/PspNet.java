package dev.lectern.detector.family.pspnet;

import dev.lectern.detector.DetectorSpec;
import dev.lectern.detector.family.SegmentationFamily;
import dev.lectern.detector.layer.ParameterBuilder;
import dev.lectern.detector.network.Body;
import dev.lectern.detector.pixel.Upsampling;

/**
 * A dilated backbone whose last map is joined by its means over windows of several sizes: Zhao et
 * al. 2017 (arXiv:1612.01105). Layout and parameter names are those of the code of channel-wise
 * distillation (arXiv:2011.13256), where the backbone's names have no part of their own.
 */
public final class PspNet extends SegmentationFamily {
  @Override
  public String name() {
    return "pspnet";
  }

  @Override
  public Class<PspNetHeadSettings> settings() {
    return PspNetHeadSettings.class;
  }

  @Override
  public Upsampling upsampling() {
    return Upsampling.CORNERS;
  }

  @Override
  public Body body(ParameterBuilder network, DetectorSpec spec) {
    return new PspNetBody(
        network,
        spec.backbone().dilated(network, outputStride(spec)),
        (PspNetHeadSettings) spec.head(),
        spec.classes());
  }
}
