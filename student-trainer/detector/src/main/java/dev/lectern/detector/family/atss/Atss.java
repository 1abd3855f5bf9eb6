package dev.lectern.detector.family.atss;

import dev.lectern.detector.DetectorSpec;
import dev.lectern.detector.family.Family;
import dev.lectern.detector.family.HeadCoding;
import dev.lectern.detector.head.DecoupledHead;
import dev.lectern.detector.head.DecoupledHead.BoxActivation;
import dev.lectern.detector.head.DecoupledHead.Layout;
import dev.lectern.detector.head.DecoupledHead.Prediction;
import dev.lectern.detector.head.DecoupledHead.Scaling;
import dev.lectern.detector.head.DecoupledHead.Side;
import dev.lectern.detector.head.Head;
import dev.lectern.detector.layer.ParameterBuilder;
import dev.lectern.detector.prior.AnchorGenerator;
import dev.lectern.schemas.descriptor.TensorRole;
import dev.lectern.schemas.record.BoxQuality;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Class logits, a box about a square anchor and its centerness at each cell (arXiv:1912.02424).
 * Boxes are deltas, or distributions as those of localization distillation (arXiv:2102.12252).
 */
public final class Atss implements Family {
  @Override
  public String name() {
    return "atss";
  }

  @Override
  public Class<AtssHeadSettings> settings() {
    return AtssHeadSettings.class;
  }

  private static AtssHeadSettings settings(DetectorSpec spec) {
    return (AtssHeadSettings) spec.head();
  }

  @Override
  public Map<TensorRole, Integer> tensors(DetectorSpec spec) {
    Integer bins = settings(spec).bins();
    Map<TensorRole, Integer> tensors = new LinkedHashMap<>();
    tensors.put(TensorRole.CLASS_LOGITS, spec.classes());
    tensors.put(TensorRole.QUALITY, 1);
    tensors.put(HeadCoding.role(bins), HeadCoding.channels(bins));
    return tensors;
  }

  @Override
  public Head head(ParameterBuilder parameters, DetectorSpec spec, List<Integer> channels) {
    AtssHeadSettings settings = settings(spec);
    Layout layout =
        new Layout(
                new Prediction("atss_cls", spec.classes()),
                new Prediction("atss_reg", HeadCoding.channels(settings.bins())),
                HeadCoding.role(settings.bins()),
                Scaling.PER_LEVEL,
                BoxActivation.NONE)
            .with(new Prediction("atss_centerness", 1), Side.BOXES);
    return new DecoupledHead(parameters, settings.towers(), layout, channels);
  }

  @Override
  public AnchorGenerator anchors(DetectorSpec spec) {
    return AnchorGenerator.square(settings(spec).octaveBaseScale(), spec.gridOffset());
  }

  @Override
  public HeadCoding coding(DetectorSpec spec) {
    return HeadCoding.aboutAnchors(
        settings(spec).bins(),
        settings(spec).std(),
        anchors(spec),
        spec.strides(),
        BoxQuality.CENTERNESS);
  }
}
