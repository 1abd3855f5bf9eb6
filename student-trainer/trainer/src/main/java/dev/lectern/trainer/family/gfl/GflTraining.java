package dev.lectern.trainer.family.gfl;

import dev.lectern.detector.DetectorSpec;
import dev.lectern.detector.family.Families;
import dev.lectern.detector.family.Family;
import dev.lectern.detector.prior.PriorGrid;
import dev.lectern.detector.region.AtssAssigner;
import dev.lectern.schemas.record.RegionPriors;
import dev.lectern.trainer.assign.Assigner;
import dev.lectern.trainer.assign.TargetPart;
import dev.lectern.trainer.family.TrainedFamily;
import dev.lectern.trainer.family.Training;
import dev.lectern.trainer.family.dense.DenseTargetAssembler;
import java.util.Collection;
import java.util.Optional;

/**
 * GFL with NanoDet, and GFLv2: ATSS decides, quality focal loss, GIoU and distribution focal loss
 * teach.
 */
public final class GflTraining extends Training<GflSettings> {
  /**
   * @param family GFL, or GFLv2, whose joint score is what the quality focal loss teaches
   */
  public GflTraining(Family family) {
    super(family, GflSettings.class);
  }

  @Override
  protected Optional<RegionPriors> positives(DetectorSpec spec, GflSettings settings) {
    return Optional.of(valuable(spec, settings));
  }

  @Override
  protected int candidates(GflSettings settings) {
    return settings.assignTopk();
  }

  @Override
  public TrainedFamily of(
      DetectorSpec spec, PriorGrid priors, GflSettings settings, Collection<TargetPart<?>> parts) {
    int bins = Families.bins(spec);
    Assigner assigner = Assigner.atss(priors, new AtssAssigner(settings.assignTopk()));
    return new GflObjective(settings, bins, new DenseTargetAssembler(priors, assigner, parts));
  }
}
