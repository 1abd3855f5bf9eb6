package dev.lectern.detector.family.fcos;

import dev.lectern.detector.DetectorSpec;
import dev.lectern.detector.family.Family;
import dev.lectern.detector.family.HeadCoding;
import dev.lectern.detector.family.fcos.FcosHeadSettings.Distances;
import dev.lectern.detector.head.DecoupledHead;
import dev.lectern.detector.head.DecoupledHead.BoxActivation;
import dev.lectern.detector.head.DecoupledHead.Layout;
import dev.lectern.detector.head.DecoupledHead.Prediction;
import dev.lectern.detector.head.DecoupledHead.Scaling;
import dev.lectern.detector.head.Head;
import dev.lectern.detector.layer.ParameterBuilder;
import dev.lectern.detector.prior.AnchorGenerator;
import dev.lectern.schemas.descriptor.TensorRole;
import dev.lectern.schemas.record.BoxCoding;
import dev.lectern.schemas.record.BoxForm;
import dev.lectern.schemas.record.BoxQuality;
import dev.lectern.schemas.record.BoxUnit;
import dev.lectern.schemas.record.TeacherPriors;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Class logits, the distances of a box's sides and its centerness at each cell (arXiv:1904.01355).
 */
public final class Fcos implements Family {
  /** Square anchors of this side stand in where a region asks for anchors, in strides. */
  private static final double ANCHOR = 8;

  @Override
  public String name() {
    return "fcos";
  }

  @Override
  public Class<FcosHeadSettings> settings() {
    return FcosHeadSettings.class;
  }

  private static FcosHeadSettings settings(DetectorSpec spec) {
    return (FcosHeadSettings) spec.head();
  }

  private static TensorRole role(FcosHeadSettings settings) {
    return settings.bins() == null ? TensorRole.BOX_DISTANCES : TensorRole.BOX_DISTRIBUTION;
  }

  @Override
  public Map<TensorRole, Integer> tensors(DetectorSpec spec) {
    FcosHeadSettings settings = settings(spec);
    Map<TensorRole, Integer> tensors = new LinkedHashMap<>();
    tensors.put(TensorRole.CLASS_LOGITS, spec.classes());
    tensors.put(TensorRole.QUALITY, 1);
    tensors.put(role(settings), HeadCoding.channels(settings.bins()));
    return tensors;
  }

  @Override
  public Head head(ParameterBuilder parameters, DetectorSpec spec, List<Integer> channels) {
    FcosHeadSettings settings = settings(spec);
    BoxActivation activation =
        switch (settings.distances()) {
          case EXP -> BoxActivation.EXP;
          case NORMALIZED -> BoxActivation.RELU;
          case DISTRIBUTION -> BoxActivation.NONE;
        };
    Layout layout =
        new Layout(
                new Prediction("conv_cls", spec.classes()),
                new Prediction("conv_reg", HeadCoding.channels(settings.bins())),
                role(settings),
                Scaling.PER_LEVEL,
                activation)
            .with(new Prediction("conv_centerness", 1), settings.centerness());
    return new DecoupledHead(parameters, settings.towers(), layout, channels);
  }

  @Override
  public AnchorGenerator anchors(DetectorSpec spec) {
    return AnchorGenerator.square(ANCHOR, spec.gridOffset());
  }

  @Override
  public HeadCoding coding(DetectorSpec spec) {
    FcosHeadSettings settings = settings(spec);
    if (settings.bins() != null) {
      return HeadCoding.distributions(settings.bins(), spec.gridOffset(), BoxQuality.CENTERNESS);
    }
    BoxUnit unit = settings.distances() == Distances.EXP ? BoxUnit.PIXELS : BoxUnit.STRIDES;
    return new HeadCoding(
        BoxCoding.newBuilder().setForm(BoxForm.LTRB).setUnit(unit).build(),
        new TeacherPriors(spec.gridOffset(), null),
        BoxQuality.CENTERNESS);
  }
}
