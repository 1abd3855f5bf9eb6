package dev.lectern.detector.network;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import dev.lectern.detector.box.Proposals;
import dev.lectern.detector.head.SecondStage;
import dev.lectern.schemas.descriptor.TensorRole;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/** What a two-stage detector gives for its proposals, in rows of fixed number. */
public final class Instances {
  private Instances() {}

  /**
   * The outputs of the first stage with those of the second.
   *
   * @param shapes of one image by role; rows beyond an image's proposals are 0
   * @param canvas width and height of each image, pixels
   */
  public static Outputs<NDArray> with(
      Outputs<NDArray> outputs,
      SecondStage second,
      Map<TensorRole, List<Integer>> shapes,
      List<float[]> canvas) {
    List<NDArray> features = outputs.get(TensorRole.FEATURES);
    NDManager manager = features.get(0).getManager();
    int images = (int) features.get(0).getShape().get(0);
    List<Proposals> proposals = second.propose(outputs, second.limits(), canvas);
    List<float[]> boxes = proposals.stream().map(Proposals::boxes).toList();
    int rows = shapes.get(TensorRole.INSTANCE_BOXES).get(0);
    float[] logits = new float[0];
    float[] deltas = new float[0];
    if (boxes.stream().anyMatch(own -> own.length > 0)) {
      SecondStage.Predictions predictions = second.predict(new NDList(features), boxes);
      logits = predictions.logits().toFloatArray();
      deltas = predictions.deltas().toFloatArray();
    }
    float[] counts = new float[images];
    List<float[]> rowsOfImages = new ArrayList<>();
    for (int image = 0; image < images; image++) {
      counts[image] = proposals.get(image).count();
      rowsOfImages.add(proposals.get(image).scores());
    }
    Outputs<NDArray> all =
        outputs
            .with(TensorRole.INSTANCE_COUNT, List.of(manager.create(counts, new Shape(images, 1))))
            .with(TensorRole.INSTANCE_BOXES, List.of(array(boxes, rows, 4, manager)))
            .with(
                TensorRole.INSTANCE_OBJECTNESS,
                List.of(array(rowsOfImages, rows, 1, manager).reshape(images, rows)));
    int classes = shapes.get(TensorRole.INSTANCE_LOGITS).get(1);
    int sides = shapes.get(TensorRole.INSTANCE_DELTAS).get(1);
    return all.with(
            TensorRole.INSTANCE_LOGITS,
            List.of(array(split(logits, proposals, classes), rows, classes, manager)))
        .with(
            TensorRole.INSTANCE_DELTAS,
            List.of(array(split(deltas, proposals, sides), rows, sides, manager)));
  }

  private static List<float[]> split(float[] all, List<Proposals> proposals, int columns) {
    List<float[]> split = new ArrayList<>();
    int from = 0;
    for (Proposals own : proposals) {
      int to = from + own.count() * columns;
      split.add(Arrays.copyOfRange(all, from, to));
      from = to;
    }
    return split;
  }

  /** (N, rows, columns) */
  private static NDArray array(List<float[]> ofImages, int rows, int columns, NDManager manager) {
    float[] padded = new float[ofImages.size() * rows * columns];
    for (int image = 0; image < ofImages.size(); image++) {
      float[] own = ofImages.get(image);
      System.arraycopy(own, 0, padded, image * rows * columns, own.length);
    }
    return manager.create(padded, new Shape(ofImages.size(), rows, columns));
  }
}
