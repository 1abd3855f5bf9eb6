package dev.lectern.trainer.family.fasterrcnn;

import dev.lectern.detector.DetectorSpec;
import dev.lectern.detector.box.DeltaDecoder;
import dev.lectern.detector.family.Families;
import dev.lectern.detector.family.fasterrcnn.FasterRcnn;
import dev.lectern.detector.prior.PriorGrid;
import dev.lectern.detector.region.MaxIouAssigner;
import dev.lectern.trainer.assign.Assigner;
import dev.lectern.trainer.assign.TargetPart;
import dev.lectern.trainer.family.TrainedFamily;
import dev.lectern.trainer.family.Training;
import dev.lectern.trainer.family.dense.DenseTargetAssembler;
import dev.lectern.trainer.view.BoxReading;
import java.util.Collection;

/** Faster R-CNN: both stages learn sampled boxes, cross entropy and L1 teach. */
public final class FasterRcnnTraining extends Training<FasterRcnnSettings> {
  /** Of {@link FasterRcnn}. */
  public FasterRcnnTraining() {
    super(new FasterRcnn(), FasterRcnnSettings.class);
  }

  @Override
  public TrainedFamily of(
      DetectorSpec spec,
      PriorGrid priors,
      FasterRcnnSettings settings,
      Collection<TargetPart<?>> parts) {
    MaxIouAssigner assigner =
        new MaxIouAssigner(
            settings.rpnPositiveIou(), settings.rpnNegativeIou(), settings.rpnMinPositiveIou());
    float[] anchors = priors.anchors();
    return new FasterRcnnObjective(
        settings,
        new DenseTargetAssembler(
            priors, Assigner.of(priors, boxes -> assigner.assign(anchors, boxes), parts), parts),
        new BoxReading(Families.of(spec).decoder(spec), priors),
        DeltaDecoder.of(Families.of(spec).coding(spec).boxes()).coder(),
        spec.classes(),
        null,
        0);
  }
}
