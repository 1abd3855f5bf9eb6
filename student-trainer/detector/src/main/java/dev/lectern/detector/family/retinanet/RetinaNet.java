package dev.lectern.detector.family.retinanet;

import dev.lectern.detector.DetectorSpec;
import dev.lectern.detector.family.Family;
import dev.lectern.detector.family.HeadCoding;
import dev.lectern.detector.head.DecoupledHead;
import dev.lectern.detector.head.DecoupledHead.BoxActivation;
import dev.lectern.detector.head.DecoupledHead.Layout;
import dev.lectern.detector.head.DecoupledHead.Prediction;
import dev.lectern.detector.head.DecoupledHead.Scaling;
import dev.lectern.detector.head.Head;
import dev.lectern.detector.layer.ParameterBuilder;
import dev.lectern.detector.prior.AnchorGenerator;
import dev.lectern.schemas.descriptor.TensorRole;
import dev.lectern.schemas.record.BoxQuality;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Class logits and a box for each of several anchors at each cell (arXiv:1708.02002). Boxes are
 * deltas, or distributions as those of localization distillation (arXiv:2102.12252).
 */
public final class RetinaNet implements Family {
  @Override
  public String name() {
    return "retinanet";
  }

  @Override
  public Class<RetinaNetHeadSettings> settings() {
    return RetinaNetHeadSettings.class;
  }

  private static RetinaNetHeadSettings settings(DetectorSpec spec) {
    return (RetinaNetHeadSettings) spec.head();
  }

  @Override
  public AnchorGenerator anchors(DetectorSpec spec) {
    RetinaNetHeadSettings settings = settings(spec);
    return new AnchorGenerator(
        settings.octaveBaseScale(),
        settings.scalesPerOctave(),
        settings.ratios(),
        spec.gridOffset());
  }

  @Override
  public Map<TensorRole, Integer> tensors(DetectorSpec spec) {
    Integer bins = settings(spec).bins();
    int perCell = anchors(spec).anchorsPerCell();
    Map<TensorRole, Integer> tensors = new LinkedHashMap<>();
    tensors.put(TensorRole.CLASS_LOGITS, perCell * spec.classes());
    tensors.put(HeadCoding.role(bins), perCell * HeadCoding.channels(bins));
    return tensors;
  }

  @Override
  public Head head(ParameterBuilder parameters, DetectorSpec spec, List<Integer> channels) {
    RetinaNetHeadSettings settings = settings(spec);
    Map<TensorRole, Integer> tensors = tensors(spec);
    TensorRole role = HeadCoding.role(settings.bins());
    Layout layout =
        new Layout(
            new Prediction("retina_cls", tensors.get(TensorRole.CLASS_LOGITS)),
            new Prediction("retina_reg", tensors.get(role)),
            role,
            settings.bins() == null ? Scaling.NONE : Scaling.PER_LEVEL,
            BoxActivation.NONE);
    return new DecoupledHead(parameters, settings.towers(), layout, channels);
  }

  @Override
  public HeadCoding coding(DetectorSpec spec) {
    return HeadCoding.aboutAnchors(
        settings(spec).bins(),
        settings(spec).std(),
        anchors(spec),
        spec.strides(),
        BoxQuality.NONE);
  }
}
