package dev.lectern.trainer.family.reppoints;

import dev.lectern.detector.DetectorSpec;
import dev.lectern.detector.family.Families;
import dev.lectern.detector.family.reppoints.RepPoints;
import dev.lectern.detector.prior.PriorGrid;
import dev.lectern.detector.region.AtssAssigner;
import dev.lectern.trainer.assign.Assigner;
import dev.lectern.trainer.assign.TargetPart;
import dev.lectern.trainer.family.TrainedFamily;
import dev.lectern.trainer.family.Training;
import dev.lectern.trainer.family.dense.DenseTargetAssembler;
import dev.lectern.trainer.view.BoxReading;
import java.util.Collection;
import java.util.List;

/**
 * RepPoints: the nearest points, then the overlaps of their boxes decide; focal loss and smooth L1
 * teach. Where boxes alone must decide, ATSS on square anchors stands in.
 */
public final class RepPointsTraining extends Training<RepPointsSettings> {
  /** Of {@link RepPoints}. */
  public RepPointsTraining() {
    super(new RepPoints(), RepPointsSettings.class);
  }

  @Override
  public TrainedFamily of(
      DetectorSpec spec,
      PriorGrid priors,
      RepPointsSettings settings,
      Collection<TargetPart<?>> parts) {
    Assigner standIn = Assigner.atss(priors, AtssAssigner.DEFAULT);
    PointAssigner nearest = new PointAssigner(settings.assignScale(), settings.assignPoints());
    float[] points = points(priors);
    Assigner first = Assigner.of(priors, boxes -> nearest.assign(points, boxes), List.of());
    return new RepPointsObjective(
        settings,
        new DenseTargetAssembler(priors, first, List.of()),
        new DenseTargetAssembler(priors, standIn, parts),
        new BoxReading(Families.of(spec).decoder(spec), priors));
  }

  /** Centre and stride of each point. */
  private static float[] points(PriorGrid priors) {
    float[] points = new float[3 * priors.positions()];
    for (int i = 0; i < priors.positions(); i++) {
      points[3 * i] = priors.centreX(i);
      points[3 * i + 1] = priors.centreY(i);
      points[3 * i + 2] = priors.strideOf(i);
    }
    return points;
  }
}
