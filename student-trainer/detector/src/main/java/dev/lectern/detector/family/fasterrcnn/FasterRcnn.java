package dev.lectern.detector.family.fasterrcnn;

import dev.lectern.detector.DetectorSpec;
import dev.lectern.detector.box.BoxDecoder;
import dev.lectern.detector.box.DeltaCoder;
import dev.lectern.detector.box.DeltaDecoder;
import dev.lectern.detector.family.Family;
import dev.lectern.detector.family.HeadCoding;
import dev.lectern.detector.head.Head;
import dev.lectern.detector.layer.ParameterBuilder;
import dev.lectern.detector.prior.AnchorGenerator;
import dev.lectern.schemas.descriptor.TensorRole;
import dev.lectern.schemas.record.Background;
import dev.lectern.schemas.record.BoxCoding;
import dev.lectern.schemas.record.BoxForm;
import dev.lectern.schemas.record.BoxQuality;
import dev.lectern.schemas.record.ClassActivation;
import dev.lectern.schemas.record.ClassCoding;
import dev.lectern.schemas.record.TeacherPriors;
import dev.lectern.schemas.serde.AvroLimits;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Proposals on every level, and class and box of each proposal (arXiv:1506.01497,
 * arXiv:1612.03144).
 */
public final class FasterRcnn implements Family {
  static {
    AvroLimits.apply();
  }

  @Override
  public String name() {
    return "faster_rcnn";
  }

  @Override
  public Class<FasterRcnnHeadSettings> settings() {
    return FasterRcnnHeadSettings.class;
  }

  private static FasterRcnnHeadSettings settings(DetectorSpec spec) {
    return (FasterRcnnHeadSettings) spec.head();
  }

  @Override
  public AnchorGenerator anchors(DetectorSpec spec) {
    return new AnchorGenerator(
        settings(spec).octaveBaseScale(), 1, settings(spec).ratios(), spec.gridOffset());
  }

  @Override
  public Map<TensorRole, Integer> tensors(DetectorSpec spec) {
    return Map.of();
  }

  @Override
  public Map<TensorRole, List<Integer>> instances(DetectorSpec spec) {
    FasterRcnnHeadSettings settings = settings(spec);
    int rows = settings.proposals();
    Map<TensorRole, List<Integer>> instances = new LinkedHashMap<>();
    instances.put(TensorRole.INSTANCE_COUNT, List.of(1));
    instances.put(TensorRole.INSTANCE_BOXES, List.of(rows, 4));
    instances.put(TensorRole.INSTANCE_OBJECTNESS, List.of(rows));
    instances.put(TensorRole.INSTANCE_LOGITS, List.of(rows, spec.classes() + 1));
    instances.put(
        TensorRole.INSTANCE_DELTAS,
        List.of(rows, 4 * (settings.classAgnostic() ? 1 : spec.classes())));
    return instances;
  }

  @Override
  public Set<TensorRole> trainingRoles() {
    return Set.of(TensorRole.QUALITY, TensorRole.BOX_DELTAS);
  }

  @Override
  public String headName() {
    return "";
  }

  @Override
  public Head head(ParameterBuilder parameters, DetectorSpec spec, List<Integer> channels) {
    return new FasterRcnnHead(
        parameters, settings(spec), anchors(spec), spec.strides(), channels, spec.classes());
  }

  @Override
  public BoxDecoder decoder(DetectorSpec spec) {
    return new DeltaDecoder(new DeltaCoder(new double[] {1, 1, 1, 1}));
  }

  @Override
  public HeadCoding coding(DetectorSpec spec) {
    return new HeadCoding(
        BoxCoding.newBuilder()
            .setForm(BoxForm.DELTA)
            .setStd(settings(spec).std())
            .setClamp(DeltaCoder.CLAMP)
            .build(),
        new TeacherPriors(0.0, null),
        BoxQuality.NONE);
  }

  @Override
  public ClassCoding classes() {
    return new ClassCoding(ClassActivation.SOFTMAX, Background.LAST);
  }
}
