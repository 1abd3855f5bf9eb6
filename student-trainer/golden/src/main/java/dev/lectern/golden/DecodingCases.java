package dev.lectern.golden;

import ai.djl.ndarray.NDArray;
import dev.lectern.detector.box.BoxIntegral;
import dev.lectern.detector.box.PointBoxes;
import dev.lectern.detector.prior.LevelGrid;
import dev.lectern.detector.prior.PriorGrid;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Decoding of the outputs of other heads: YOLOv8 and RepPoints. */
final class DecodingCases {
  private DecodingCases() {}

  static Map<String, CaseRunner> runners() {
    return Map.of(
        "yolov8_decode", DecodingCases::yolo,
        "reppoints_points2bbox", DecodingCases::points);
  }

  private static CaseResult points(GoldenCase golden) {
    NDArray points = golden.tensor("pts");
    NDArray moments = golden.tensor("moment");
    NDArray boxes =
        golden.text("transform_method").equals("moment")
            ? PointBoxes.moment(points, moments.split(2, 0))
            : PointBoxes.smallest(points);
    return CaseResult.loss(boxes.mul(golden.tensor("probe")).sum()).floats("boxes", boxes);
  }

  private static CaseResult yolo(GoldenCase golden) {
    int[] strides = golden.integers("strides");
    List<LevelGrid> levels = new ArrayList<>();
    for (int l = 0; l < strides.length; l++) {
      levels.add(
          new LevelGrid(
              strides[l],
              golden.setting("level_sizes_hw").get(l).get(0).asInt(),
              golden.setting("level_sizes_hw").get(l).get(1).asInt()));
    }
    PriorGrid priors = new PriorGrid(levels, 0.5, 1);
    int images = (int) golden.shape("box")[0];
    int count = priors.positions();
    float[] centres = new float[2 * images * count];
    float[] points = new float[2 * count];
    float[] strideOf = new float[count];
    for (int i = 0; i < images * count; i++) {
      int position = i % count;
      strideOf[position] = levels.get(priors.levelOf(position)).stride();
      centres[2 * i] = priors.centreX(position) / strideOf[position];
      centres[2 * i + 1] = priors.centreY(position) / strideOf[position];
    }
    System.arraycopy(centres, 0, points, 0, points.length);
    int bins = golden.integer("reg_max"); // the number of bins in this family
    NDArray rows = golden.tensor("box").transpose(0, 2, 1).reshape(-1, 4L * bins);
    float[] boxes = BoxIntegral.boxes(BoxIntegral.distances(rows, bins), centres).toFloatArray();
    return new CaseResult()
        .floats("boxes_xywh", centred(boxes, strideOf, images))
        .floats("anchor_points", points)
        .floats("strides", strideOf);
  }

  /** Corners in strides to centre and size in pixels, (N, 4, R). */
  private static float[] centred(float[] boxes, float[] strideOf, int images) {
    int count = strideOf.length;
    float[] centred = new float[boxes.length];
    for (int i = 0; i < images * count; i++) {
      int position = i % count;
      int at = i / count * 4 * count + position;
      for (int axis = 0; axis < 2; axis++) {
        float low = boxes[4 * i + axis] * strideOf[position];
        float high = boxes[4 * i + axis + 2] * strideOf[position];
        centred[at + axis * count] = (low + high) / 2;
        centred[at + (axis + 2) * count] = high - low;
      }
    }
    return centred;
  }
}
