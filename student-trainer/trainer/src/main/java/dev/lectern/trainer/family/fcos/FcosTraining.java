package dev.lectern.trainer.family.fcos;

import dev.lectern.detector.DetectorSpec;
import dev.lectern.detector.family.Families;
import dev.lectern.detector.family.fcos.Fcos;
import dev.lectern.detector.prior.PriorGrid;
import dev.lectern.detector.region.FcosAssigner;
import dev.lectern.detector.region.RegionRules;
import dev.lectern.schemas.record.RegionPriors;
import dev.lectern.trainer.assign.Assigner;
import dev.lectern.trainer.assign.TargetPart;
import dev.lectern.trainer.family.TrainedFamily;
import dev.lectern.trainer.family.Training;
import dev.lectern.trainer.family.dense.DenseTargetAssembler;
import dev.lectern.trainer.view.BoxReading;
import java.util.Collection;
import java.util.Optional;

/** FCOS: the size of an object decides its level; focal loss, IoU and centerness teach. */
public final class FcosTraining extends Training<FcosSettings> {
  /** Of {@link Fcos}. */
  public FcosTraining() {
    super(new Fcos(), FcosSettings.class);
  }

  @Override
  protected Optional<RegionPriors> positives(DetectorSpec spec, FcosSettings settings) {
    return Optional.of(
        RegionRules.fcos(
            spec.strides(),
            spec.gridOffset(),
            settings.rangesOf(spec.strides()),
            settings.centerRadius()));
  }

  @Override
  public TrainedFamily of(
      DetectorSpec spec, PriorGrid priors, FcosSettings settings, Collection<TargetPart<?>> parts) {
    FcosAssigner assigner = settings.assigner(spec.strides());
    return new FcosObjective(
        settings,
        settings.boxLossOf(Families.bins(spec)),
        new DenseTargetAssembler(
            priors, Assigner.of(priors, boxes -> assigner.assign(priors, boxes), parts), parts),
        new BoxReading(Families.of(spec).decoder(spec), priors));
  }
}
