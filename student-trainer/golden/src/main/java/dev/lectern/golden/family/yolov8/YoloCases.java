package dev.lectern.golden.family.yolov8;

import ai.djl.ndarray.NDArray;
import dev.lectern.detector.box.DistributionDecoder;
import dev.lectern.detector.network.Outputs;
import dev.lectern.detector.prior.PriorGrid;
import dev.lectern.detector.region.AtssAssigner;
import dev.lectern.golden.CaseResult;
import dev.lectern.golden.CaseRunner;
import dev.lectern.golden.DenseInputs;
import dev.lectern.golden.GoldenCase;
import dev.lectern.schemas.descriptor.TensorRole;
import dev.lectern.trainer.assign.Assigner;
import dev.lectern.trainer.assign.BatchRows;
import dev.lectern.trainer.assign.GroundTruth;
import dev.lectern.trainer.family.StudentPass;
import dev.lectern.trainer.family.dense.DenseTargetAssembler;
import dev.lectern.trainer.family.dense.DenseTargets;
import dev.lectern.trainer.family.yolov8.YoloV8Objective;
import dev.lectern.trainer.family.yolov8.YoloV8Settings;
import dev.lectern.trainer.family.yolov8.YoloV8Targets;
import dev.lectern.trainer.loss.Constants;
import dev.lectern.trainer.objective.Losses;
import dev.lectern.trainer.view.BoxReading;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.LongStream;

/** The whole training objective of YOLOv8. */
public final class YoloCases {
  private YoloCases() {}

  public static Map<String, CaseRunner> runners() {
    return Map.of("yolov8_loss", YoloCases::objective);
  }

  private static CaseResult objective(GoldenCase golden) {
    int classes = golden.integer("nc");
    PriorGrid priors = new PriorGrid(DenseInputs.levels(golden, "feat"), 0.5, 1);
    List<NDArray> maps = DenseInputs.maps(golden, "feat", priors.levels().size());
    List<GroundTruth> images = images(golden, (int) maps.get(0).getShape().get(0));
    int bins = golden.integer("reg_max"); // the number of bins in this family
    YoloV8Settings settings =
        new YoloV8Settings(
            golden.number("gain_box"),
            golden.number("gain_cls"),
            golden.number("gain_dfl"),
            golden.integer("tal_topk"),
            golden.number("alpha"),
            golden.number("beta"));
    Assigner standIn = Assigner.atss(priors, new AtssAssigner(9));
    YoloV8Objective objective =
        new YoloV8Objective(
            settings,
            bins,
            new DenseTargetAssembler(priors, standIn, List.of()),
            new BoxReading(new DistributionDecoder(bins), priors));
    Outputs<NDArray> outputs =
        Outputs.<NDArray>none()
            .with(
                TensorRole.BOX_DISTRIBUTION,
                maps.stream().map(map -> map.get(":, :" + 4 * bins)).toList())
            .with(
                TensorRole.CLASS_LOGITS,
                maps.stream().map(map -> map.get(":, " + 4 * bins + ":")).toList());
    YoloV8Targets targets = objective.targets(objective.targets(images), outputs);
    StudentPass pass = objective.pass(outputs, targets);
    Losses losses = new Losses(pass.losses(), pass.zero());
    int count = priors.positions();
    BatchRows rows = new BatchRows(priors, images.size());
    long[] objects = new long[rows.count()];
    long[] labels = new long[rows.count()];
    float[] scores = new float[rows.count() * classes];
    Arrays.fill(objects, -1);
    Arrays.fill(labels, -1);
    int[] positives = targets.positives().rows();
    for (int i = 0; i < objects.length; i++) {
      int p = Arrays.binarySearch(positives, rows.row(i / count, i % count));
      if (p >= 0) {
        labels[i] = targets.points().labels()[p];
        scores[i * classes + (int) labels[i]] = targets.scores()[p];
        objects[i] = object(targets.points(), p, images.get(i / count), priors.strideOf(i % count));
      }
    }
    NDArray total = losses.total();
    NDArray share = Constants.of(total, 1f / images.size());
    return CaseResult.loss(total)
        .scalar("loss_box", losses.byName().get("loss_bbox").mul(share))
        .scalar("loss_cls", losses.byName().get("loss_cls").mul(share))
        .scalar("loss_dfl", losses.byName().get("loss_dfl").mul(share))
        .longs("fg_mask", LongStream.of(objects).map(g -> g < 0 ? 0 : 1))
        .longs("target_gt_index", LongStream.of(objects))
        .longs("target_label", LongStream.of(labels))
        .floats("target_scores", scores);
  }

  /** Which of an image's objects a positive learns. */
  private static int object(DenseTargets targets, int positive, GroundTruth truth, int stride) {
    for (int g = 0; g < truth.count(); g++) {
      boolean same = truth.labels()[g] == targets.labels()[positive];
      for (int e = 0; e < 4; e++) {
        same &= truth.boxes()[4 * g + e] / stride == targets.boxes()[4 * positive + e];
      }
      if (same) {
        return g;
      }
    }
    throw new IllegalStateException("a positive learns no object of its image");
  }

  /** Rows (image, class, cx, cy, w, h), normalised to the canvas. */
  private static List<GroundTruth> images(GoldenCase golden, int count) {
    return images(golden.floats("targets"), golden.numbers("image_hw"), count);
  }

  /**
   * The objects of each image.
   *
   * @param all rows (image, class, cx, cy, w, h), normalised to the canvas
   * @param canvas height and width in pixels
   */
  static List<GroundTruth> images(float[] all, double[] canvas, int count) {
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
