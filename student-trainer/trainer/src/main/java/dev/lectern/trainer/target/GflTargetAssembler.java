package dev.lectern.trainer.target;

import dev.lectern.detector.box.DistanceCoder;
import dev.lectern.detector.prior.LevelGrid;
import dev.lectern.detector.prior.PriorGrid;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Assembles the {@link GflTargets} of a batch from its ground truth. Immutable and safe for several
 * threads, so that targets can be made beside the training step.
 */
public final class GflTargetAssembler {
  /** Distance that the largest target stays below the last bin, in strides. */
  private static final double MARGIN = 0.1;

  /** Which form of the valuable localization region is wanted. */
  public enum Valuable {
    /** None. */
    NONE,
    /** {@link ValuableRegion#official}. */
    OFFICIAL,
    /** {@link ValuableRegion#paper}. */
    PAPER,
    /** {@link ValuableRegion#paper} without the main region. */
    PAPER_WITHOUT_MAIN
  }

  /** Which positions imitate the teacher's features. */
  public enum Imitation {
    /** None. */
    NONE,
    /** {@link ImitationRegion#fineGrained}. */
    FINE_GRAINED,
    /** {@link ImitationRegion#insideBox}. */
    INSIDE_BOX,
    /** {@link ImitationRegion#main}. */
    MAIN,
    /** Every position. */
    WHOLE_MAP,
    /** {@link GeneralInstances}: chosen from the outputs, so the targets hold no rows. */
    GENERAL_INSTANCES
  }

  private final PriorGrid priors;
  private final float[] anchors;
  private final int[] levelCounts;
  private final AtssAssigner assigner;
  private final double largestDistance;
  private final Valuable valuable;
  private final double gamma;
  private final Imitation imitation;

  /**
   * @param bins number of bins per edge of the student
   * @param gamma lower bound of the valuable region as a part of the threshold
   */
  public GflTargetAssembler(
      PriorGrid priors,
      AtssAssigner assigner,
      int bins,
      Valuable valuable,
      double gamma,
      Imitation imitation) {
    this.priors = priors;
    this.anchors = priors.anchors();
    this.levelCounts = priors.levelCounts();
    this.assigner = assigner;
    this.largestDistance = bins - 1 - MARGIN;
    this.valuable = valuable;
    this.gamma = gamma;
    this.imitation = imitation;
  }

  /** Targets of a batch whose images are the list's elements in order. */
  public GflTargets assemble(List<GroundTruth> images) {
    List<Assignment> assignments = new ArrayList<>();
    List<float[]> mainWeights = new ArrayList<>();
    List<float[]> valuableWeights = new ArrayList<>();
    for (GroundTruth truth : images) {
      Assignment assignment = assigner.assign(anchors, levelCounts, truth.boxes());
      assignments.add(assignment);
      mainWeights.add(mainWeights(assignment));
      valuableWeights.add(valuableWeights(truth, assignment));
    }
    BatchRows rows = new BatchRows(priors, images.size());
    RowRegion positives = region(mainWeights);
    return withBoxes(
        rows,
        positives,
        region(valuableWeights),
        imitationRows(rows, images, assignments),
        images,
        assignments);
  }

  private GflTargets withBoxes(
      BatchRows rows,
      RowRegion positives,
      RowRegion valuableRegion,
      boolean[] imitationRows,
      List<GroundTruth> images,
      List<Assignment> assignments) {
    int count = positives.count();
    int[] labels = new int[count];
    float[] boxes = new float[4 * count];
    float[] centres = new float[2 * count];
    float[] distances = new float[4 * count];
    for (int level = 0; level < levelCounts.length; level++) {
      LevelGrid grid = priors.levels().get(level);
      for (int p = positives.bounds()[level]; p < positives.bounds()[level + 1]; p++) {
        int inLevel = positives.rows()[p] - rows.start(level);
        int image = inLevel / grid.cells();
        int position = priors.start(level) + inLevel % grid.cells();
        int object = assignments.get(image).objects()[position];
        GroundTruth truth = images.get(image);
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
        rows,
        positives,
        samples(assignments),
        labels,
        boxes,
        centres,
        distances,
        valuableRegion,
        imitationRows);
  }

  private static int samples(List<Assignment> assignments) {
    return assignments.stream().mapToInt(a -> Math.max(1, a.positives())).sum();
  }

  private static float[] mainWeights(Assignment assignment) {
    float[] weights = new float[assignment.objects().length];
    for (int i = 0; i < weights.length; i++) {
      weights[i] = assignment.objects()[i] == Assignment.BACKGROUND ? 0 : 1;
    }
    return weights;
  }

  private float[] valuableWeights(GroundTruth truth, Assignment assignment) {
    double[] thresholds = assignment.thresholds();
    return switch (valuable) {
      case NONE -> new float[priors.positions()];
      case OFFICIAL -> ValuableRegion.official(anchors, truth.boxes(), thresholds, gamma);
      case PAPER -> ValuableRegion.paper(anchors, truth.boxes(), thresholds, gamma);
      case PAPER_WITHOUT_MAIN ->
          ValuableRegion.withoutMain(
              ValuableRegion.paper(anchors, truth.boxes(), thresholds, gamma), assignment);
    };
  }

  private boolean[] imitationRows(
      BatchRows rows, List<GroundTruth> images, List<Assignment> assignments) {
    if (imitation == Imitation.NONE || imitation == Imitation.GENERAL_INSTANCES) {
      return new boolean[0];
    }
    boolean[] selected = new boolean[rows.count()];
    if (imitation == Imitation.WHOLE_MAP) {
      Arrays.fill(selected, true);
      return selected;
    }
    for (int image = 0; image < images.size(); image++) {
      float[] boxes = images.get(image).boxes();
      boolean[] region =
          switch (imitation) {
            case FINE_GRAINED -> ImitationRegion.fineGrained(anchors, boxes);
            case INSIDE_BOX -> ImitationRegion.insideBox(anchors, boxes);
            default -> ImitationRegion.main(assignments.get(image));
          };
      for (int level = 0; level < levelCounts.length; level++) {
        System.arraycopy(
            region,
            priors.start(level),
            selected,
            rows.start(level) + image * levelCounts[level],
            levelCounts[level]);
      }
    }
    return selected;
  }

  /** The rows with positive weight, in row order. */
  private RowRegion region(List<float[]> weightsPerImage) {
    int[] rows = new int[64];
    float[] weights = new float[64];
    int[] bounds = new int[levelCounts.length + 1];
    int size = 0;
    int row = 0;
    for (int level = 0; level < levelCounts.length; level++) {
      for (float[] perPosition : weightsPerImage) {
        for (int i = priors.start(level); i < priors.start(level + 1); i++, row++) {
          if (perPosition[i] > 0) {
            if (size == rows.length) {
              rows = Arrays.copyOf(rows, 2 * size);
              weights = Arrays.copyOf(weights, 2 * size);
            }
            rows[size] = row;
            weights[size++] = perPosition[i];
          }
        }
      }
      bounds[level + 1] = size;
    }
    return new RowRegion(Arrays.copyOf(rows, size), Arrays.copyOf(weights, size), bounds);
  }
}
