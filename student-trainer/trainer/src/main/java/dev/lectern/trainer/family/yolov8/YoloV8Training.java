package dev.lectern.trainer.family.yolov8;

import dev.lectern.detector.DetectorSpec;
import dev.lectern.detector.family.Families;
import dev.lectern.detector.family.yolov8.YoloV8;
import dev.lectern.detector.prior.PriorGrid;
import dev.lectern.detector.region.AtssAssigner;
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

/**
 * YOLOv8: task-aligned assignment decides, binary cross entropy, CIoU and distribution focal loss
 * teach. Where boxes alone must decide, ATSS on square anchors stands in.
 */
public final class YoloV8Training extends Training<YoloV8Settings> {
  /** Of {@link YoloV8}. */
  public YoloV8Training() {
    super(new YoloV8(), YoloV8Settings.class);
  }

  /** Points learn objects that they lie in. */
  @Override
  protected Optional<RegionPriors> positives(DetectorSpec spec, YoloV8Settings settings) {
    return Optional.of(RegionRules.insideBox(spec.strides(), spec.gridOffset()));
  }

  @Override
  public TrainedFamily of(
      DetectorSpec spec,
      PriorGrid priors,
      YoloV8Settings settings,
      Collection<TargetPart<?>> parts) {
    Assigner standIn = Assigner.atss(priors, AtssAssigner.DEFAULT);
    return new YoloV8Objective(
        settings,
        Families.bins(spec),
        new DenseTargetAssembler(priors, standIn, parts),
        new BoxReading(Families.of(spec).decoder(spec), priors));
  }
}
