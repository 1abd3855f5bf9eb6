package dev.lectern.detector.family.gfl;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.lectern.detector.DetectorSpec;
import dev.lectern.detector.box.BoxDecoder;
import dev.lectern.detector.box.DistributionDecoder;
import dev.lectern.detector.family.Family;
import dev.lectern.detector.head.Head;
import dev.lectern.detector.layer.ParameterBuilder;
import dev.lectern.detector.prior.AnchorGenerator;
import dev.lectern.detector.prior.LevelGrid;
import dev.lectern.detector.prior.PriorGrid;
import dev.lectern.schemas.descriptor.TensorRole;
import dev.lectern.schemas.record.RegionPriors;
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
    if (channels.stream().distinct().count() != 1) {
      throw new IllegalArgumentException(
          "head: found levels of " + channels + " channels, expected the same on every level");
    }
    return new GflHead(parameters, settings(spec), channels.get(0), spec.classes(), spec.levels());
  }

  @Override
  public PriorGrid priors(DetectorSpec spec, List<LevelGrid> levels) {
    return new PriorGrid(
        levels, AnchorGenerator.square(settings(spec).octaveBaseScale(), spec.gridOffset()));
  }

  @Override
  public BoxDecoder decoder(DetectorSpec spec) {
    return new DistributionDecoder(settings(spec).bins());
  }

  @Override
  public RegionPriors regions(DetectorSpec spec, int candidates) {
    return new RegionPriors(
        spec.strides(), spec.gridOffset(), settings(spec).octaveBaseScale(), candidates);
  }
}
