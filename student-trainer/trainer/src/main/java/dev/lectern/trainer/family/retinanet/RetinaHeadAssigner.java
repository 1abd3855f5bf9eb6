package dev.lectern.trainer.family.retinanet;

import dev.lectern.detector.prior.AnchorGenerator;
import dev.lectern.detector.prior.LevelGrid;
import dev.lectern.detector.region.AtssAssigner;
import dev.lectern.detector.region.ValuableRegion;
import dev.lectern.trainer.assign.GroundTruth;
import dev.lectern.trainer.assign.MaxIouAssigner;
import dev.lectern.trainer.family.focal.HeadAssigner;
import dev.lectern.trainer.family.focal.ImageTargets;
import java.util.Arrays;
import java.util.List;

/**
 * Targets of a RetinaNet head (arXiv:1708.02002): several anchors per cell, assigned by largest
 * overlap. The valuable region is the official one with the thresholds that ATSS would use on these
 * anchors, without the positives.
 */
public final class RetinaHeadAssigner implements HeadAssigner {
  private final List<LevelGrid> levels;
  private final int perCell;
  private final float[] anchors;
  private final MaxIouAssigner assigner;
  private final AtssAssigner thresholds;
  private final double gamma;

  /**
   * @param thresholds candidates per level that set the bounds of the valuable region
   * @param gamma lower bound of that region as a part of the threshold
   */
  public RetinaHeadAssigner(
      List<LevelGrid> levels,
      AnchorGenerator generator,
      MaxIouAssigner assigner,
      AtssAssigner thresholds,
      double gamma) {
    this.levels = List.copyOf(levels);
    this.perCell = generator.anchorsPerCell();
    this.anchors = generator.anchors(levels);
    this.assigner = assigner;
    this.thresholds = thresholds;
    this.gamma = gamma;
  }

  @Override
  public ImageTargets assign(GroundTruth truth) {
    int[] objects = assigner.assign(anchors, truth.boxes());
    double[] bounds = thresholds.assign(anchors, levelCounts(), truth.boxes()).thresholds();
    float[] valuable = ValuableRegion.official(anchors, truth.boxes(), bounds, gamma);
    for (int i = 0; i < objects.length; i++) {
      valuable[i] = objects[i] >= 0 ? 0 : valuable[i];
    }
    float[] ones = new float[objects.length];
    Arrays.fill(ones, 1);
    return new ImageTargets(objects, ones, valuable);
  }

  @Override
  public int[] levelCounts() {
    return levels.stream().mapToInt(level -> perCell * level.cells()).toArray();
  }

  @Override
  public float[] centres() {
    float[] centres = new float[anchors.length / 2];
    for (int i = 0; i < anchors.length / 4; i++) {
      centres[2 * i] = (anchors[4 * i] + anchors[4 * i + 2]) / 2;
      centres[2 * i + 1] = (anchors[4 * i + 1] + anchors[4 * i + 3]) / 2;
    }
    return centres;
  }

  @Override
  public int[] strides() {
    return levels.stream().mapToInt(LevelGrid::stride).toArray();
  }
}
