package dev.lectern.trainer.family.segmentation;

import dev.lectern.detector.DetectorSpec;
import dev.lectern.detector.family.SegmentationFamily;
import dev.lectern.detector.prior.PriorGrid;
import dev.lectern.schemas.record.RegionPriors;
import dev.lectern.trainer.assign.TargetPart;
import dev.lectern.trainer.family.TrainedFamily;
import dev.lectern.trainer.family.Training;
import java.util.Collection;
import java.util.Optional;

/**
 * Any segmentation network: cross entropy of its logits and of its auxiliary head, both as large as
 * the canvas.
 *
 * @param family of the network
 */
public record SegmentationTraining(SegmentationFamily family)
    implements Training<SegmentationSettings> {
  @Override
  public String name() {
    return family.name();
  }

  @Override
  public Class<SegmentationSettings> settings() {
    return SegmentationSettings.class;
  }

  @Override
  public Optional<RegionPriors> regions(DetectorSpec spec, SegmentationSettings settings) {
    return Optional.empty();
  }

  @Override
  public TrainedFamily of(
      DetectorSpec spec,
      PriorGrid priors,
      SegmentationSettings settings,
      Collection<TargetPart<?>> parts) {
    return new SegmentationObjective(
        family.upsampling(), settings.auxiliaryWeight(), priors, parts);
  }
}
