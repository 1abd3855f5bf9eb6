package dev.lectern.detector.family.gfl;

import com.fasterxml.jackson.databind.node.ObjectNode;
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
import java.util.Optional;

/**
 * Class logits and a box distribution at each cell (arXiv:2006.04388); one square anchor per cell
 * decides which object it learns.
 */
public final class Gfl implements Family {
  @Override
  public String name() {
    return "gfl";
  }

  @Override
  public Class<GflHeadSettings> settings() {
    return GflHeadSettings.class;
  }

  private static GflHeadSettings settings(DetectorSpec spec) {
    return (GflHeadSettings) spec.head();
  }

  @Override
  public Map<String, String> upgrade(ObjectNode spec) {
    return FormerSpecification.upgrade(spec);
  }

  @Override
  public Optional<String> formerYaml(DetectorSpec spec) {
    return FormerSpecification.yaml(spec, settings(spec));
  }

  @Override
  public Map<TensorRole, Integer> tensors(DetectorSpec spec) {
    Map<TensorRole, Integer> tensors = new LinkedHashMap<>();
    tensors.put(TensorRole.CLASS_LOGITS, spec.classes());
    tensors.put(TensorRole.BOX_DISTRIBUTION, 4 * settings(spec).bins());
    return tensors;
  }

  @Override
  public Head head(ParameterBuilder parameters, DetectorSpec spec, List<Integer> channels) {
    GflHeadSettings settings = settings(spec);
    return new DecoupledHead(
        parameters,
        settings.towers(),
        new Layout(
            new Prediction("gfl_cls", spec.classes()),
            new Prediction("gfl_reg", 4 * settings.bins()),
            TensorRole.BOX_DISTRIBUTION,
            Scaling.PER_LEVEL,
            BoxActivation.NONE),
        channels);
  }

  @Override
  public AnchorGenerator anchors(DetectorSpec spec) {
    return AnchorGenerator.square(settings(spec).octaveBaseScale(), spec.gridOffset());
  }

  @Override
  public HeadCoding coding(DetectorSpec spec) {
    return HeadCoding.distributions(settings(spec).bins(), spec.gridOffset(), BoxQuality.NONE);
  }
}
