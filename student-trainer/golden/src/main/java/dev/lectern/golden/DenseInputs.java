package dev.lectern.golden;

import ai.djl.ndarray.NDArray;
import dev.lectern.detector.prior.LevelGrid;
import dev.lectern.detector.prior.PriorGrid;
import dev.lectern.trainer.assign.GroundTruth;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/** The inputs that cases of dense heads share: maps of each level, priors and objects. */
public final class DenseInputs {
  private DenseInputs() {}

  public static PriorGrid priors(GoldenCase golden) {
    return new PriorGrid(levels(golden, "cls"), 0, golden.number("octave_base_scale"));
  }

  public static List<LevelGrid> levels(GoldenCase golden, String map) {
    int[] strides = golden.integers("strides");
    List<LevelGrid> levels = new ArrayList<>();
    for (int l = 0; l < strides.length; l++) {
      long[] shape = golden.shape(map + "_l" + l);
      levels.add(new LevelGrid(strides[l], (int) shape[2], (int) shape[3]));
    }
    return levels;
  }

  public static List<GroundTruth> images(GoldenCase golden) {
    List<GroundTruth> images = new ArrayList<>();
    for (int i = 0; golden.has("gt_img" + i); i++) {
      images.add(new GroundTruth(golden.floats("gt_img" + i), golden.ints("label_img" + i)));
    }
    return images;
  }

  public static List<NDArray> maps(GoldenCase golden, String name, int levels) {
    if (!golden.has(name + "_l0")) {
      return List.of();
    }
    return IntStream.range(0, levels).mapToObj(l -> golden.tensor(name + "_l" + l)).toList();
  }
}
