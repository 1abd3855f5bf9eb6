package dev.lectern.trainer.family.gfl;

import dev.lectern.detector.box.DistanceCoder;
import dev.lectern.detector.prior.LevelGrid;
import dev.lectern.detector.prior.PriorGrid;
import dev.lectern.detector.region.Assignment;
import dev.lectern.detector.region.AtssAssigner;
import dev.lectern.trainer.assign.BatchRows;
import dev.lectern.trainer.assign.GroundTruth;
import dev.lectern.trainer.assign.LabelledBatch;
import dev.lectern.trainer.assign.RegionPart;
import dev.lectern.trainer.assign.RowRegion;
import dev.lectern.trainer.assign.TargetPart;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Assembles the {@link GflTargets} of a batch from its ground truth. Immutable and safe for several
 * threads, so that targets can be made beside the training step.
 */
public final class GflTargetAssembler {
  /** Distance that the largest target stays below the last bin, in strides. */
  private static final double MARGIN = 0.1;

  private final PriorGrid priors;
  private final float[] anchors;
  private final int[] levelCounts;
  private final AtssAssigner assigner;
  private final double largestDistance;
  private final Set<TargetPart<?>> parts;

  /**
   * @param bins number of bins per edge of the student
   * @param parts what the losses want to know besides
   */
  public GflTargetAssembler(
      PriorGrid priors, AtssAssigner assigner, int bins, Collection<TargetPart<?>> parts) {
    this.priors = priors;
    this.anchors = priors.anchors();
    this.levelCounts = priors.levelCounts();
    this.assigner = assigner;
    this.largestDistance = bins - 1 - MARGIN;
    this.parts = new LinkedHashSet<>(parts);
  }

  /** Targets of a batch whose images are the list's elements in order. */
  public GflTargets assemble(List<GroundTruth> images) {
    List<Assignment> assignments =
        images.stream().map(truth -> assigner.assign(anchors, levelCounts, truth.boxes())).toList();
    LabelledBatch batch = new LabelledBatch(priors, anchors, images, assignments);
    Map<TargetPart<?>, Object> computed = new HashMap<>();
    parts.forEach(part -> computed.put(part, part.of(batch)));
    return withBoxes(batch, RegionPart.MAIN.of(batch), computed);
  }

  private GflTargets withBoxes(
      LabelledBatch batch, RowRegion positives, Map<TargetPart<?>, Object> computed) {
    BatchRows rows = batch.rows();
    int count = positives.count();
    int[] labels = new int[count];
    float[] boxes = new float[4 * count];
    float[] centres = new float[2 * count];
    float[] distances = new float[4 * count];
    for (int level = 0; level < levelCounts.length; level++) {
      LevelGrid grid = priors.levels().get(level);
      for (int p = positives.bounds()[level]; p < positives.bounds()[level + 1]; p++) {
        int inLevel = positives.rows()[p] - rows.start(level);
        int image = inLevel / priors.count(level);
        int position = priors.start(level) + inLevel % priors.count(level);
        int object = batch.assignments().get(image).objects()[position];
        GroundTruth truth = batch.images().get(image);
        labels[p] = truth.labels()[object];
        for (int e = 0; e < 4; e++) {
          boxes[4 * p + e] = truth.boxes()[4 * object + e] / grid.stride();
        }
        centres[2 * p] = priors.centreX(position) / grid.stride();
        centres[2 * p + 1] = priors.centreY(position) / grid.stride();
        DistanceCoder.encode(
            centres[2 * p], centres[2 * p + 1], boxes, p, largestDistance, distances, 4 * p);
      }
    }
    return new GflTargets(
        rows, positives, samples(batch.assignments()), labels, boxes, centres, distances, computed);
  }

  private static int samples(List<Assignment> assignments) {
    return assignments.stream().mapToInt(a -> Math.max(1, a.positives())).sum();
  }
}
