package dev.lectern.detector.family.reppoints;

import dev.lectern.detector.DetectorSpec;
import dev.lectern.detector.box.PointsDecoder;
import dev.lectern.detector.family.Family;
import dev.lectern.detector.family.HeadCoding;
import dev.lectern.detector.head.Head;
import dev.lectern.detector.layer.ParameterBuilder;
import dev.lectern.detector.prior.AnchorGenerator;
import dev.lectern.schemas.descriptor.TensorRole;
import dev.lectern.schemas.record.PointsTransform;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Class logits and nine points at each cell (arXiv:1904.11490). */
public final class RepPoints implements Family {
  /** Side of the first stage's box in strides, by which objects find their level. */
  private static final double ANCHOR = 4;

  @Override
  public String name() {
    return "reppoints";
  }

  @Override
  public Class<RepPointsHeadSettings> settings() {
    return RepPointsHeadSettings.class;
  }

  @Override
  public Map<TensorRole, Integer> tensors(DetectorSpec spec) {
    Map<TensorRole, Integer> tensors = new LinkedHashMap<>();
    tensors.put(TensorRole.CLASS_LOGITS, spec.classes());
    tensors.put(TensorRole.BOX_POINTS, new PointsDecoder(PointsTransform.MOMENT).channels());
    return tensors;
  }

  @Override
  public Set<TensorRole> trainingRoles() {
    return Set.of(TensorRole.INITIAL_POINTS);
  }

  @Override
  public Head head(ParameterBuilder parameters, DetectorSpec spec, List<Integer> channels) {
    if (channels.stream().distinct().count() != 1) {
      throw new IllegalArgumentException(
          "head: found levels of " + channels + " channels, expected the same on every level");
    }
    return new RepPointsHead(
        parameters, (RepPointsHeadSettings) spec.head(), channels.get(0), spec.classes());
  }

  @Override
  public AnchorGenerator anchors(DetectorSpec spec) {
    return AnchorGenerator.square(ANCHOR, spec.gridOffset());
  }

  @Override
  public HeadCoding coding(DetectorSpec spec) {
    return HeadCoding.points(PointsTransform.MOMENT, spec.gridOffset());
  }
}
