package dev.lectern.trainer.family.gfl;

import dev.lectern.detector.DetectorSpec;
import dev.lectern.detector.family.Families;
import dev.lectern.detector.family.gfl.Gfl;
import dev.lectern.detector.prior.PriorGrid;
import dev.lectern.detector.region.AtssAssigner;
import dev.lectern.schemas.record.RegionPriors;
import dev.lectern.trainer.assign.TargetPart;
import dev.lectern.trainer.family.TrainedFamily;
import dev.lectern.trainer.family.Training;
import java.util.Collection;

/** GFL and NanoDet: ATSS decides, quality focal loss, GIoU and distribution focal loss teach. */
public final class GflTraining implements Training<GflSettings> {
  @Override
  public String name() {
    return new Gfl().name();
  }

  @Override
  public Class<GflSettings> settings() {
    return GflSettings.class;
  }

  @Override
  public RegionPriors regions(DetectorSpec spec, GflSettings settings) {
    return Families.of(spec).regions(spec, settings.assignTopk());
  }

  @Override
  public TrainedFamily of(
      DetectorSpec spec, PriorGrid priors, GflSettings settings, Collection<TargetPart<?>> parts) {
    int bins = Families.bins(spec);
    AtssAssigner assigner = new AtssAssigner(settings.assignTopk());
    return new GflObjective(settings, bins, new GflTargetAssembler(priors, assigner, bins, parts));
  }
}
