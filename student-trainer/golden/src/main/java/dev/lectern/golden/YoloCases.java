package dev.lectern.golden;

import ai.djl.ndarray.NDArray;
import dev.lectern.detector.prior.PriorGrid;
import dev.lectern.trainer.assign.BatchRows;
import dev.lectern.trainer.assign.GroundTruth;
import dev.lectern.trainer.assign.TaskAlignedAssigner;
import dev.lectern.trainer.family.yolov8.YoloObjective;
import dev.lectern.trainer.family.yolov8.YoloObjective.Gains;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.LongStream;

/** The whole training objective of YOLOv8. */
final class YoloCases {
  private YoloCases() {}

  static Map<String, CaseRunner> runners() {
    return Map.of("yolov8_loss", YoloCases::objective);
  }

  private static Answer objective(GoldenCase question) {
    int classes = question.integer("nc");
    PriorGrid priors = new PriorGrid(LdHeadCases.levels(question, "feat"), 0.5, 1);
    List<NDArray> maps = LdHeadCases.maps(question, "feat", priors.levels().size());
    List<GroundTruth> images = images(question, (int) maps.get(0).getShape().get(0));
    YoloObjective objective =
        new YoloObjective(
            new TaskAlignedAssigner(
                question.integer("tal_topk"), question.number("alpha"), question.number("beta")),
            new Gains(
                question.number("gain_box"),
                question.number("gain_cls"),
                question.number("gain_dfl")),
            classes,
            question.integer("reg_max")); // the number of bins in this family
    YoloObjective.Result result = objective.losses(maps, priors, images);
    int count = priors.positions();
    BatchRows rows = new BatchRows(priors, images.size());
    long[] objects = new long[rows.count()];
    long[] labels = new long[rows.count()];
    float[] scores = new float[rows.count() * classes];
    for (int i = 0; i < objects.length; i++) {
      int row = rows.row(i / count, i % count);
      int object = result.objects()[row];
      objects[i] = object;
      labels[i] = object < 0 ? -1 : images.get(i / count).labels()[object];
      if (object >= 0) {
        scores[i * classes + (int) labels[i]] = result.scores()[row];
      }
    }
    return Answer.loss(result.total())
        .scalar("loss_box", result.box())
        .scalar("loss_cls", result.cls())
        .scalar("loss_dfl", result.dfl())
        .longs("fg_mask", LongStream.of(objects).map(g -> g < 0 ? 0 : 1))
        .longs("target_gt_index", LongStream.of(objects))
        .longs("target_label", LongStream.of(labels))
        .floats("target_scores", scores);
  }

  /** Rows (image, class, cx, cy, w, h), normalised to the canvas. */
  private static List<GroundTruth> images(GoldenCase question, int count) {
    float[] all = question.floats("targets");
    double[] canvas = question.numbers("image_hw");
    List<GroundTruth> images = new ArrayList<>();
    for (int n = 0; n < count; n++) {
      int image = n;
      int[] own =
          IntStream.range(0, all.length / 6).filter(t -> (int) all[6 * t] == image).toArray();
      float[] boxes = new float[4 * own.length];
      int[] labels = new int[own.length];
      for (int g = 0; g < own.length; g++) {
        int at = 6 * own[g];
        labels[g] = (int) all[at + 1];
        for (int axis = 0; axis < 2; axis++) {
          double size = canvas[1 - axis];
          double centre = all[at + 2 + axis] * size;
          double half = all[at + 4 + axis] * size / 2;
          boxes[4 * g + axis] = (float) (centre - half);
          boxes[4 * g + 2 + axis] = (float) (centre + half);
        }
      }
      images.add(new GroundTruth(boxes, labels));
    }
    return images;
  }
}
