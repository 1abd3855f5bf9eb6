package dev.lectern.trainer.distil;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.Shape;
import dev.lectern.detector.box.RoiLevels;
import dev.lectern.detector.layer.RoiAlign;
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
   * Pools the maps of both networks.
   *
   * @param student (N, C, H, W) of a level
   * @param teacher (N, C', H, W) of a level, constant
   * @param boxes of each image, (G, 4) xyxy pixels; at least one
   */
  Pooled pool(IntFunction<NDArray> student, IntFunction<NDArray> teacher, List<float[]> boxes) {
    NDList ours = new NDList();
    NDList theirs = new NDList();
    for (int level = 0; level < strides.length; level++) {
      float[] rois = RoiLevels.rois(boxes, strides, level);
      if (rois.length > 0) {
        NDArray map = student.apply(level);
        Shape shape = map.getShape();
        RoiAlign align =
            new RoiAlign(
                rois, (int) shape.get(2), (int) shape.get(3), size, 1.0 / strides[level], sampling);
        ours.add(align.pool(map));
        theirs.add(align.pool(teacher.apply(level)));
      }
    }
    return new Pooled(joined(ours), joined(theirs));
  }

  /**
   * Features of boxes in an order that depends on the boxes alone.
   *
   * @param student (all G, C, size, size)
   * @param teacher (all G, C', size, size), constant
   */
  record Pooled(NDArray student, NDArray teacher) {}

  private static NDArray joined(NDList levels) {
    return levels.size() == 1 ? levels.get(0) : NDArrays.concat(levels, 0);
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
