package dev.lectern.trainer.family.focal;

import dev.lectern.trainer.assign.GroundTruth;
import dev.lectern.trainer.assign.RowRegion;
import java.util.Arrays;
import java.util.List;

/**
 * What a head with focal class scores and box distributions (ATSS, FCOS, RetinaNet) learns from one
 * batch. Rows are level-major, then image, then row-major over h, w, then prior of the cell.
 *
 * @param starts (L + 1) first row of each level
 * @param positives rows with an object; their weights are the centerness
 * @param samples what the class loss is divided by
 * @param objects (rows) index of the box in its image, or negative as in {@link ImageTargets}
 * @param labels (P) class of each positive
 * @param boxes (P, 4) its box, xyxy in strides of its level
 * @param centres (P, 2) its prior's centre in strides
 * @param valuable the valuable localization region
 */
public record HeadTargets(
    int[] starts,
    RowRegion positives,
    int samples,
    int[] objects,
    int[] labels,
    float[] boxes,
    float[] centres,
    RowRegion valuable) {

  /** Targets of a batch whose images are the list's elements in order. */
  public static HeadTargets of(HeadAssigner assigner, List<GroundTruth> images) {
    int[] counts = assigner.levelCounts();
    List<ImageTargets> targets = images.stream().map(assigner::assign).toList();
    int[] starts = new int[counts.length + 1];
    int[] objects = new int[images.size() * Arrays.stream(counts).sum()];
    float[] centerness = new float[objects.length];
    float[] valuable = new float[objects.length];
    int from = 0;
    int row = 0;
    for (int level = 0; level < counts.length; level++) {
      for (ImageTargets image : targets) {
        System.arraycopy(image.objects(), from, objects, row, counts[level]);
        System.arraycopy(image.centerness(), from, centerness, row, counts[level]);
        System.arraycopy(image.valuable(), from, valuable, row, counts[level]);
        row += counts[level];
      }
      from += counts[level];
      starts[level + 1] = row;
    }
    boolean[] positive = new boolean[objects.length];
    boolean[] inRegion = new boolean[objects.length];
    for (int i = 0; i < objects.length; i++) {
      positive[i] = objects[i] >= 0;
      inRegion[i] = valuable[i] > 0;
    }
    return withBoxes(
        assigner,
        images,
        starts,
        region(positive, centerness, starts),
        assigner.samples(targets.stream().mapToInt(ImageTargets::positives).toArray()),
        objects,
        region(inRegion, valuable, starts));
  }

  private static HeadTargets withBoxes(
      HeadAssigner assigner,
      List<GroundTruth> images,
      int[] starts,
      RowRegion positives,
      int samples,
      int[] objects,
      RowRegion valuable) {
    int[] labels = new int[positives.count()];
    float[] boxes = new float[4 * labels.length];
    float[] centres = new float[2 * labels.length];
    float[] all = assigner.centres();
    int firstOfLevel = 0;
    for (int level = 0; level < starts.length - 1; level++) {
      int count = assigner.levelCounts()[level];
      float stride = assigner.strides()[level];
      for (int p = positives.bounds()[level]; p < positives.bounds()[level + 1]; p++) {
        int inLevel = positives.rows()[p] - starts[level];
        GroundTruth truth = images.get(inLevel / count);
        int prior = firstOfLevel + inLevel % count;
        int object = objects[positives.rows()[p]];
        labels[p] = truth.labels()[object];
        for (int e = 0; e < 4; e++) {
          boxes[4 * p + e] = truth.boxes()[4 * object + e] / stride;
        }
        centres[2 * p] = all[2 * prior] / stride;
        centres[2 * p + 1] = all[2 * prior + 1] / stride;
      }
      firstOfLevel += count;
    }
    return new HeadTargets(starts, positives, samples, objects, labels, boxes, centres, valuable);
  }

  /** The rows that are members, with their weights. */
  private static RowRegion region(boolean[] member, float[] weights, int[] starts) {
    RowRegion.Collector collected = new RowRegion.Collector(starts.length - 1);
    for (int level = 0; level < starts.length - 1; level++) {
      for (int i = starts[level]; i < starts[level + 1]; i++) {
        if (member[i]) {
          collected.add(i, weights[i]);
        }
      }
      collected.endLevel(level);
    }
    return collected.region();
  }
}
