package dev.lectern.trainer.family.segmentation;

import dev.lectern.detector.DetectorSpec;
import dev.lectern.detector.family.SegmentationFamily;
import dev.lectern.detector.prior.PriorGrid;
import dev.lectern.trainer.assign.TargetPart;
import dev.lectern.trainer.family.TrainedFamily;
import dev.lectern.trainer.family.Training;
import java.util.Collection;

/**
 * Any segmentation network: cross entropy of its logits and of its auxiliary head, both as large as
 * the canvas.
 */
public final class SegmentationTraining extends Training<SegmentationSettings> {
  private final SegmentationFamily family;

  /**
   * @param family of the network
   */
  public SegmentationTraining(SegmentationFamily family) {
    super(family, SegmentationSettings.class);
    this.family = family;
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
