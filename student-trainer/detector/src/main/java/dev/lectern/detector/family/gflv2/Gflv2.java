package dev.lectern.detector.family.gflv2;

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
 * Class logits, a box distribution, and a joint score of class and box quality at each cell
 * (arXiv:2011.12885).
 */
public final class Gflv2 implements Family {
  @Override
  public String name() {
    return "gflv2";
  }

  @Override
  public Class<Gflv2HeadSettings> settings() {
    return Gflv2HeadSettings.class;
  }

  private static Gflv2HeadSettings settings(DetectorSpec spec) {
    return (Gflv2HeadSettings) spec.head();
  }

  @Override
  public Map<TensorRole, Integer> tensors(DetectorSpec spec) {
    Map<TensorRole, Integer> tensors = new LinkedHashMap<>();
    tensors.put(TensorRole.CLASS_LOGITS, spec.classes());
    tensors.put(TensorRole.JOINT_SCORE, spec.classes());
    tensors.put(TensorRole.BOX_DISTRIBUTION, 4 * settings(spec).bins());
    return tensors;
  }

  @Override
  public Head head(ParameterBuilder parameters, DetectorSpec spec, List<Integer> channels) {
    Gflv2HeadSettings settings = settings(spec);
    Layout layout =
        new Layout(
            new Prediction("gfl_cls", spec.classes()),
            new Prediction("gfl_reg", 4 * settings.bins()),
            TensorRole.BOX_DISTRIBUTION,
            Scaling.PER_LEVEL,
            BoxActivation.NONE);
    return new Gflv2Head(
        new DecoupledHead(parameters, settings.towers(), layout, channels),
        DistributionGuidedQuality.create(parameters, settings));
  }

  @Override
  public AnchorGenerator anchors(DetectorSpec spec) {
    return AnchorGenerator.square(settings(spec).octaveBaseScale(), spec.gridOffset());
  }

  @Override
  public HeadCoding coding(DetectorSpec spec) {
    return HeadCoding.distributions(settings(spec).bins(), spec.gridOffset(), BoxQuality.JOINT);
  }
}
