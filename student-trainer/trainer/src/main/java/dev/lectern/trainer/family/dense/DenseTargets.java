package dev.lectern.trainer.family.dense;

import dev.lectern.detector.box.DistanceCoder;
import dev.lectern.trainer.assign.BatchRows;
import dev.lectern.trainer.assign.BatchTargets;
import dev.lectern.trainer.assign.GroundTruth;
import dev.lectern.trainer.assign.RowRegion;
import dev.lectern.trainer.assign.TargetPart;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/**
 * What the priors of a batch learn, and what losses want to know of the ground truth beyond that.
 *
 * @param rows the row order that all indices refer to
 * @param positives priors with an object that the student's own losses learn, weights 1
 * @param main the main region: these, and priors with an object that a teacher finds where nobody
 *     annotated
 * @param perImage number of positives of each labelled image
 * @param ignored rows that no class loss looks at
 * @param labels (P) class of each positive
 * @param boxes (P, 4) its box, xyxy in strides of its level
 * @param centres (P, 2) its prior's centre in strides
 * @param objects (P) its object among those of its image
 * @param images (P) its image
 * @param truth objects of each image
 * @param parts what the assembler was asked for besides, by key
 */
public record DenseTargets(
    BatchRows rows,
    RowRegion positives,
    RowRegion main,
    int[] perImage,
    int[] ignored,
    int[] labels,
    float[] boxes,
    float[] centres,
    int[] objects,
    int[] images,
    List<GroundTruth> truth,
    Map<TargetPart<?>, Object> parts)
    implements BatchTargets {

  /** Copies the map. */
  public DenseTargets {
    parts = Map.copyOf(parts);
  }

  /**
   * The sum over images of max(1, positives), by which public codes divide class losses: an image
   * without objects counts as one. Unlabelled images do not count; at least 1.
   */
  public int samples() {
    return Math.max(1, Arrays.stream(perImage).map(positives -> Math.max(1, positives)).sum());
  }

  /**
   * Distances l, t, r, b of each positive's box from its prior's centre.
   *
   * @param limit each is clamped to [0, limit]
   * @return (P, 4) in strides
   */
  public float[] distances(double limit) {
    float[] distances = new float[boxes.length];
    for (int p = 0; p < labels.length; p++) {
      DistanceCoder.encode(centres[2 * p], centres[2 * p + 1], boxes, p, limit, distances, 4 * p);
    }
    return distances;
  }

  /**
   * How central each positive's prior lies in its box: 1 at the centre, 0 on a side.
   *
   * <pre>
   *   sqrt( min(l,r)/max(l,r) · min(t,b)/max(t,b) )
   * </pre>
   *
   * <p>arXiv:1904.01355, eq. 3.
   *
   * @return (P)
   */
  public float[] centerness() {
    float[] centerness = new float[labels.length];
    for (int p = 0; p < centerness.length; p++) {
      double left = (double) centres[2 * p] - boxes[4 * p];
      double top = (double) centres[2 * p + 1] - boxes[4 * p + 1];
      double right = (double) boxes[4 * p + 2] - centres[2 * p];
      double bottom = (double) boxes[4 * p + 3] - centres[2 * p + 1];
      double horizontal = Math.min(left, right) / Math.max(left, right);
      double vertical = Math.min(top, bottom) / Math.max(top, bottom);
      centerness[p] = (float) Math.sqrt(horizontal * vertical);
    }
    return centerness;
  }

  @Override
  public boolean learns(int image) {
    return truth.get(image).labelled();
  }

  @Override
  public boolean isAnnotated(int image) {
    return truth.get(image).annotated();
  }

  @Override
  @SuppressWarnings("unchecked") // the assembler stores what the key computes
  public <T> T part(TargetPart<T> key) {
    Object value = parts.get(key);
    if (value == null) {
      throw new IllegalArgumentException(
          "the targets lack " + key + ", expected the assembler to have been asked for it");
    }
    return (T) value;
  }
}
