package dev.lectern.trainer.family.retinanet;

import dev.lectern.detector.DetectorSpec;
import dev.lectern.detector.family.Families;
import dev.lectern.detector.family.retinanet.RetinaNet;
import dev.lectern.detector.prior.PriorGrid;
import dev.lectern.detector.region.MaxIouAssigner;
import dev.lectern.detector.region.RegionRules;
import dev.lectern.schemas.record.RegionPriors;
import dev.lectern.trainer.assign.Assigner;
import dev.lectern.trainer.assign.TargetPart;
import dev.lectern.trainer.family.TrainedFamily;
import dev.lectern.trainer.family.Training;
import dev.lectern.trainer.family.dense.DenseTargetAssembler;
import dev.lectern.trainer.family.retinanet.RetinaNetSettings.BoxLoss;
import dev.lectern.trainer.view.BoxReading;
import java.util.Collection;
import java.util.Optional;

/** RetinaNet: the largest overlap decides, focal loss and L1 on deltas teach. */
public final class RetinaNetTraining extends Training<RetinaNetSettings> {
  /** Of {@link RetinaNet}. */
  public RetinaNetTraining() {
    super(new RetinaNet(), RetinaNetSettings.class);
  }

  @Override
  protected Optional<RegionPriors> positives(DetectorSpec spec, RetinaNetSettings settings) {
    return Optional.of(
        RegionRules.maxIou(
            spec.strides(),
            Families.of(spec).anchors(spec),
            settings.positiveIou(),
            settings.minPositiveIou()));
  }

  @Override
  public TrainedFamily of(
      DetectorSpec spec,
      PriorGrid priors,
      RetinaNetSettings settings,
      Collection<TargetPart<?>> parts) {
    MaxIouAssigner assigner =
        new MaxIouAssigner(
            settings.positiveIou(), settings.negativeIou(), settings.minPositiveIou());
    float[] anchors = priors.anchors();
    BoxLoss boxLoss = settings.boxLossOf(Families.bins(spec));
    return new RetinaNetObjective(
        settings,
        boxLoss,
        new DenseTargetAssembler(
            priors, Assigner.of(priors, boxes -> assigner.assign(anchors, boxes), parts), parts),
        new BoxReading(Families.of(spec).decoder(spec), priors));
  }
}
