package dev.lectern.trainer.objective.term;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import dev.lectern.trainer.loss.RoiAlign;
import dev.lectern.trainer.target.RoiLevels;
import java.util.Arrays;
import java.util.List;
import java.util.function.IntFunction;
import java.util.stream.IntStream;

/**
 * Features of boxes, each from the level that its size belongs to.
 *
 * @param strides of the levels
 * @param size bins per side
 * @param sampling samples per bin and axis; 0 for as many as the box has cells
 */
record RoiFeatures(int[] strides, int size, int sampling) {
  /**
   * Pools.
   *
   * @param maps (N, C, H, W) of a level
   * @param boxes of each image, (G, 4) xyxy pixels
   * @return (all G, C, size, size), in an order that depends on the boxes alone
   */
  NDArray pool(IntFunction<NDArray> maps, List<float[]> boxes) {
    NDList pooled = new NDList();
    for (int level = 0; level < strides.length; level++) {
      float[] rois = RoiLevels.rois(boxes, strides, level);
      if (rois.length > 0) {
        pooled.add(RoiAlign.pool(maps.apply(level), rois, size, 1.0 / strides[level], sampling));
      }
    }
    if (pooled.isEmpty()) {
      return RoiAlign.pool(maps.apply(0), new float[0], size, 1, sampling);
    }
    return pooled.size() == 1 ? pooled.get(0) : NDArrays.concat(pooled, 0);
  }

  /** The places of one image's boxes in the order of {@link #pool}. */
  int[] placesOf(int image, List<float[]> boxes) {
    int[] places = new int[boxes.get(image).length / 4];
    int[] counts = {0, 0};
    for (int level = 0; level < strides.length; level++) {
      float[] rois = RoiLevels.rois(boxes, strides, level);
      IntStream.range(0, rois.length / 5)
          .forEach(
              k -> {
                if ((int) rois[5 * k] == image) {
                  places[counts[0]++] = counts[1];
                }
                counts[1]++;
              });
    }
    return Arrays.copyOf(places, counts[0]);
  }
}
