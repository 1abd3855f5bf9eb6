package dev.lectern.demo.teacher;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import dev.lectern.demo.draw.DrawnDataset;
import dev.lectern.demo.draw.DrawnImage;
import dev.lectern.demo.draw.DrawnObject;
import dev.lectern.detector.DetectorSpec;
import dev.lectern.trainer.target.GroundTruth;
import java.util.ArrayList;
import java.util.List;

/**
 * Drawn pictures as a network's input, and their annotations.
 *
 * @param values (N, 3, side, side) normalised, row-major
 * @param side width and height, pixels
 * @param truth one per picture
 */
record DrawnBatch(float[] values, int side, List<GroundTruth> truth) {

  /** Pictures {@code from} to {@code to - 1} of a set. */
  static DrawnBatch of(DrawnDataset dataset, int from, int to, DetectorSpec.Input input) {
    int plane = dataset.side() * dataset.side();
    float[] values = new float[(to - from) * 3 * plane];
    List<GroundTruth> truth = new ArrayList<>();
    for (int n = from; n < to; n++) {
      DrawnImage image = dataset.image(n);
      for (int c = 0; c < 3; c++) {
        float mean = input.mean().get(c).floatValue();
        float std = input.std().get(c).floatValue();
        int at = ((n - from) * 3 + c) * plane;
        for (int i = 0; i < plane; i++) {
          values[at + i] = ((image.rgb()[3 * i + c] & 0xff) - mean) / std;
        }
      }
      truth.add(truth(image.objects()));
    }
    return new DrawnBatch(values, dataset.side(), truth);
  }

  private static GroundTruth truth(List<DrawnObject> objects) {
    float[] boxes = new float[4 * objects.size()];
    int[] labels = new int[objects.size()];
    for (int g = 0; g < objects.size(); g++) {
      DrawnObject object = objects.get(g);
      boxes[4 * g] = (float) object.x1();
      boxes[4 * g + 1] = (float) object.y1();
      boxes[4 * g + 2] = (float) object.x2();
      boxes[4 * g + 3] = (float) object.y2();
      labels[g] = object.shape().ordinal();
    }
    return new GroundTruth(boxes, labels);
  }

  NDArray images(NDManager scope) {
    return scope.create(values, new Shape(truth.size(), 3, side, side));
  }
}
