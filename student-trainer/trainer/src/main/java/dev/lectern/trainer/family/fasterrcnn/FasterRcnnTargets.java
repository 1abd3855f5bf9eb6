package dev.lectern.trainer.family.fasterrcnn;

import dev.lectern.trainer.assign.BatchRows;
import dev.lectern.trainer.assign.BatchTargets;
import dev.lectern.trainer.assign.GroundTruth;
import dev.lectern.trainer.assign.RowRegion;
import dev.lectern.trainer.assign.TargetPart;
import dev.lectern.trainer.family.dense.DenseTargets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * What both stages of a batch learn.
 *
 * @param anchors which object each anchor shows
 * @param images objects of each image
 * @param proposing what the first stage learns; null before the student's outputs are known
 * @param looking what the second stage learns; null before
 */
public record FasterRcnnTargets(
    DenseTargets anchors, List<GroundTruth> images, Proposing proposing, Looking looking)
    implements BatchTargets {
  /**
   * The sampled anchors.
   *
   * @param rows (M) of the batch, ascending
   * @param areObjects (M) 1 for an object, 0 for background
   * @param positives (P) rows of the batch that show objects, ascending
   * @param deltas (P, 4) from anchor to object
   * @param divisor of the losses
   */
  public record Proposing(
      int[] rows, float[] areObjects, int[] positives, float[] deltas, double divisor) {}

  /**
   * The sampled boxes of the second stage.
   *
   * @param boxes of each image, (G, 4) xyxy pixels
   * @param labels (M) class of each, K for background
   * @param positives (P) those of an object
   * @param deltas (P, 4) from box to object
   */
  public record Looking(List<float[]> boxes, int[] labels, int[] positives, float[] deltas) {
    /**
     * The boxes of each image that show an object, (P, 4) xyxy pixels.
     *
     * @param classes K
     */
    List<float[]> boxesOfObjects(int classes) {
      List<float[]> shown = new ArrayList<>();
      int row = 0;
      for (float[] own : boxes) {
        float[] some = new float[own.length];
        int length = 0;
        for (int i = 0; i < own.length; i += 4, row++) {
          if (labels[row] < classes) {
            System.arraycopy(own, i, some, length, 4);
            length += 4;
          }
        }
        shown.add(Arrays.copyOf(some, length));
      }
      return shown;
    }
  }

  @Override
  public BatchRows rows() {
    return anchors.rows();
  }

  @Override
  public RowRegion positives() {
    return anchors.positives();
  }

  @Override
  public RowRegion main() {
    return anchors.main();
  }

  @Override
  public boolean learns(int image) {
    return anchors.learns(image);
  }

  @Override
  public boolean isAnnotated(int image) {
    return anchors.isAnnotated(image);
  }

  @Override
  public <T> T part(TargetPart<T> key) {
    return anchors.part(key);
  }
}
