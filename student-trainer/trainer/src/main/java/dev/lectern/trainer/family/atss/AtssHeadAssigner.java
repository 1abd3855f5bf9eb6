package dev.lectern.trainer.family.atss;

import dev.lectern.detector.prior.LevelGrid;
import dev.lectern.detector.prior.PriorGrid;
import dev.lectern.detector.region.Assignment;
import dev.lectern.detector.region.AtssAssigner;
import dev.lectern.detector.region.ValuableRegion;
import dev.lectern.trainer.assign.GroundTruth;
import dev.lectern.trainer.family.fcos.FcosAssigner;
import dev.lectern.trainer.family.focal.HeadAssigner;
import dev.lectern.trainer.family.focal.ImageTargets;

/**
 * Targets of an ATSS head (arXiv:1912.02424): one square anchor per cell, with centerness; the
 * valuable region is the official one.
 *
 * @param priors square anchors
 * @param assigner candidates per level
 * @param gamma lower bound of the valuable region as a part of the threshold
 */
public record AtssHeadAssigner(PriorGrid priors, AtssAssigner assigner, double gamma)
    implements HeadAssigner {

  @Override
  public ImageTargets assign(GroundTruth truth) {
    float[] anchors = priors.anchors();
    float[] boxes = truth.boxes();
    Assignment assignment = assigner.assign(anchors, priors.levelCounts(), boxes);
    float[] centerness = new float[priors.positions()];
    for (int i = 0; i < centerness.length; i++) {
      int g = assignment.objects()[i];
      if (g != Assignment.BACKGROUND) {
        centerness[i] =
            (float)
                FcosAssigner.centerness(
                    FcosAssigner.edges(priors.centreX(i), priors.centreY(i), boxes, g));
      }
    }
    return new ImageTargets(
        assignment.objects(),
        centerness,
        ValuableRegion.official(anchors, boxes, assignment.thresholds(), gamma));
  }

  @Override
  public int[] levelCounts() {
    return priors.levelCounts();
  }

  @Override
  public float[] centres() {
    return centres(priors);
  }

  @Override
  public int[] strides() {
    return priors.levels().stream().mapToInt(LevelGrid::stride).toArray();
  }

  /** The centres of priors, (R, 2), pixels. */
  public static float[] centres(PriorGrid priors) {
    float[] centres = new float[2 * priors.positions()];
    for (int i = 0; i < priors.positions(); i++) {
      centres[2 * i] = priors.centreX(i);
      centres[2 * i + 1] = priors.centreY(i);
    }
    return centres;
  }
}
