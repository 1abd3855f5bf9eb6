package dev.lectern.trainer.family.fcos;

import dev.lectern.detector.prior.LevelGrid;
import dev.lectern.detector.prior.PriorGrid;
import dev.lectern.detector.region.Assignment;
import dev.lectern.trainer.assign.GroundTruth;
import dev.lectern.trainer.family.atss.AtssHeadAssigner;
import dev.lectern.trainer.family.focal.HeadAssigner;
import dev.lectern.trainer.family.focal.ImageTargets;
import java.util.Arrays;

/**
 * Targets of an FCOS head (arXiv:1904.01355): points with centerness. The public distillation code
 * takes as valuable region the points strictly inside some box that are not positive, weight 1.
 *
 * @param priors points
 * @param assigner ranges and sampling radius
 */
public record FcosHeadAssigner(PriorGrid priors, FcosAssigner assigner) implements HeadAssigner {

  @Override
  public ImageTargets assign(GroundTruth truth) {
    FcosAssigner.Targets targets = assigner.assign(priors, truth.boxes());
    float[] valuable = new float[priors.positions()];
    for (int i = 0; i < valuable.length; i++) {
      boolean positive = targets.objects()[i] != Assignment.BACKGROUND;
      valuable[i] = targets.inside()[i] && !positive ? 1 : 0;
    }
    return new ImageTargets(targets.objects(), targets.centerness(), valuable);
  }

  @Override
  public int[] levelCounts() {
    return priors.levelCounts();
  }

  @Override
  public float[] centres() {
    return AtssHeadAssigner.centres(priors);
  }

  @Override
  public int[] strides() {
    return priors.levels().stream().mapToInt(LevelGrid::stride).toArray();
  }

  /** At least one positive over the batch, not per image. */
  @Override
  public int samples(int[] positives) {
    return Math.max(1, Arrays.stream(positives).sum());
  }
}
