package dev.lectern.trainer.family.dense;

import dev.lectern.detector.prior.LevelGrid;
import dev.lectern.detector.prior.PriorGrid;
import dev.lectern.detector.region.Assignment;
import dev.lectern.trainer.assign.Assigner;
import dev.lectern.trainer.assign.BatchRows;
import dev.lectern.trainer.assign.GroundTruth;
import dev.lectern.trainer.assign.LabelledBatch;
import dev.lectern.trainer.assign.RegionPart;
import dev.lectern.trainer.assign.RowRegion;
import dev.lectern.trainer.assign.TargetPart;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;

/**
 * Assembles the {@link DenseTargets} of a batch from its ground truth. Immutable and safe for
 * several threads, so that targets can be made beside the training step.
 */
public final class DenseTargetAssembler {
  private final PriorGrid priors;
  private final float[] anchors;
  private final Assigner assigner;
  private final Set<TargetPart<?>> parts;

  /**
   * @param assigner of these priors
   * @param parts what the losses want to know besides
   */
  public DenseTargetAssembler(
      PriorGrid priors, Assigner assigner, Collection<TargetPart<?>> parts) {
    this.priors = priors;
    this.anchors = priors.anchors();
    this.assigner = assigner;
    this.parts = new LinkedHashSet<>(parts);
  }

  /** The priors that learn. */
  public PriorGrid priors() {
    return priors;
  }

  /** Which of them learns which object. */
  public Assigner assigner() {
    return assigner;
  }

  /** Targets of a batch whose images are the list's elements in order. */
  public DenseTargets assemble(List<GroundTruth> images) {
    return assemble(images, images.stream().map(image -> assigner.assign(image.boxes())).toList());
  }

  /** In an image that nobody annotated, every prior is ignored. */
  private static Assignment unlessUnlabelled(GroundTruth truth, Assignment assigned) {
    if (truth.labelled()) {
      return assigned;
    }
    int[] ignored = new int[assigned.objects().length];
    Arrays.fill(ignored, Assignment.IGNORED);
    return new Assignment(ignored, assigned.overlaps(), assigned.thresholds());
  }

  /**
   * Targets of a batch whose assignment is known.
   *
   * @param assignments of each image
   */
  public DenseTargets assemble(List<GroundTruth> images, List<Assignment> assignments) {
    LabelledBatch all = new LabelledBatch(priors, anchors, images, assignments);
    Map<TargetPart<?>, Object> computed = new HashMap<>();
    parts.forEach(part -> computed.put(part, part.of(all)));
    RowRegion main = RegionPart.MAIN.of(all);
    if (images.stream().allMatch(GroundTruth::labelled)) {
      return withBoxes(all, main, main, computed);
    }
    List<Assignment> learned =
        IntStream.range(0, images.size())
            .mapToObj(n -> unlessUnlabelled(images.get(n), assignments.get(n)))
            .toList();
    LabelledBatch own = new LabelledBatch(priors, anchors, images, learned);
    return withBoxes(own, RegionPart.MAIN.of(own), main, computed);
  }

  private DenseTargets withBoxes(
      LabelledBatch batch,
      RowRegion positives,
      RowRegion main,
      Map<TargetPart<?>, Object> computed) {
    BatchRows rows = batch.rows();
    int count = positives.count();
    int[] labels = new int[count];
    float[] boxes = new float[4 * count];
    float[] centres = new float[2 * count];
    int[] objects = new int[count];
    int[] imageOf = new int[count];
    for (int level = 0; level < priors.levels().size(); level++) {
      LevelGrid grid = priors.levels().get(level);
      for (int p = positives.bounds()[level]; p < positives.bounds()[level + 1]; p++) {
        int inLevel = positives.rows()[p] - rows.start(level);
        int image = inLevel / priors.count(level);
        int position = priors.start(level) + inLevel % priors.count(level);
        int object = batch.assignments().get(image).objects()[position];
        GroundTruth truth = batch.images().get(image);
        labels[p] = truth.labels()[object];
        objects[p] = object;
        imageOf[p] = image;
        for (int e = 0; e < 4; e++) {
          boxes[4 * p + e] = truth.boxes()[4 * object + e] / grid.stride();
        }
        centres[2 * p] = priors.centreX(position) / grid.stride();
        centres[2 * p + 1] = priors.centreY(position) / grid.stride();
      }
    }
    return new DenseTargets(
        rows,
        positives,
        main,
        IntStream.range(0, batch.images().size())
            .filter(image -> batch.images().get(image).labelled())
            .map(image -> batch.assignments().get(image).positives())
            .toArray(),
        ignored(batch),
        labels,
        boxes,
        centres,
        objects,
        imageOf,
        batch.images(),
        computed);
  }

  private static int[] ignored(LabelledBatch batch) {
    BatchRows rows = batch.rows();
    IntStream ignored = IntStream.empty();
    for (int n = 0; n < batch.assignments().size(); n++) {
      int image = n;
      int[] objects = batch.assignments().get(n).objects();
      ignored =
          IntStream.concat(
              ignored,
              IntStream.range(0, objects.length)
                  .filter(i -> objects[i] == Assignment.IGNORED)
                  .map(i -> rows.row(image, i)));
    }
    return ignored.sorted().toArray();
  }
}
