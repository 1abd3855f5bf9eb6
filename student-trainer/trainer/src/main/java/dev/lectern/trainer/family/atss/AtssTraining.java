package dev.lectern.trainer.family.atss;

import dev.lectern.detector.DetectorSpec;
import dev.lectern.detector.family.Families;
import dev.lectern.detector.family.atss.Atss;
import dev.lectern.detector.prior.PriorGrid;
import dev.lectern.detector.region.AtssAssigner;
import dev.lectern.schemas.record.RegionPriors;
import dev.lectern.trainer.assign.Assigner;
import dev.lectern.trainer.assign.TargetPart;
import dev.lectern.trainer.family.TrainedFamily;
import dev.lectern.trainer.family.Training;
import dev.lectern.trainer.family.dense.DenseTargetAssembler;
import dev.lectern.trainer.view.BoxReading;
import java.util.Collection;
import java.util.Optional;

/** ATSS: its own assignment decides, focal loss, GIoU and centerness teach. */
public final class AtssTraining extends Training<AtssSettings> {
  /** Of {@link Atss}. */
  public AtssTraining() {
    super(new Atss(), AtssSettings.class);
  }

  @Override
  protected Optional<RegionPriors> positives(DetectorSpec spec, AtssSettings settings) {
    return Optional.of(valuable(spec, settings));
  }

  @Override
  protected int candidates(AtssSettings settings) {
    return settings.assignTopk();
  }

  @Override
  public TrainedFamily of(
      DetectorSpec spec, PriorGrid priors, AtssSettings settings, Collection<TargetPart<?>> parts) {
    Assigner assigner = Assigner.atss(priors, new AtssAssigner(settings.assignTopk()));
    return new AtssObjective(
        settings,
        new DenseTargetAssembler(priors, assigner, parts),
        new BoxReading(Families.of(spec).decoder(spec), priors));
  }
}
