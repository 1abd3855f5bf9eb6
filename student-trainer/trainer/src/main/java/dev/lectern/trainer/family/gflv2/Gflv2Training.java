package dev.lectern.trainer.family.gflv2;

import dev.lectern.detector.DetectorSpec;
import dev.lectern.detector.family.Families;
import dev.lectern.detector.family.gflv2.Gflv2;
import dev.lectern.detector.prior.PriorGrid;
import dev.lectern.detector.region.AtssAssigner;
import dev.lectern.schemas.record.RegionPriors;
import dev.lectern.trainer.assign.Assigner;
import dev.lectern.trainer.assign.TargetPart;
import dev.lectern.trainer.family.TrainedFamily;
import dev.lectern.trainer.family.Training;
import dev.lectern.trainer.family.dense.DenseTargetAssembler;
import dev.lectern.trainer.family.gfl.GflObjective;
import dev.lectern.trainer.family.gfl.GflSettings;
import java.util.Collection;
import java.util.Optional;

/** GFLv2: as GFL, but the quality focal loss teaches the joint score. */
public final class Gflv2Training implements Training<GflSettings> {
  @Override
  public String name() {
    return new Gflv2().name();
  }

  @Override
  public Class<GflSettings> settings() {
    return GflSettings.class;
  }

  @Override
  public Optional<RegionPriors> regions(DetectorSpec spec, GflSettings settings) {
    return Families.of(spec).regions(spec, settings.assignTopk());
  }

  @Override
  public TrainedFamily of(
      DetectorSpec spec, PriorGrid priors, GflSettings settings, Collection<TargetPart<?>> parts) {
    Assigner assigner = Assigner.atss(priors, new AtssAssigner(settings.assignTopk()));
    return new GflObjective(
        settings, Families.bins(spec), new DenseTargetAssembler(priors, assigner, parts));
  }
}
